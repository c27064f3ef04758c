import type { DcnV3Options, DeformConv3dOptions, DeformPool2dOptions } from "@ddl/deform-conv";
import {
  dcnV3,
  dcnV4,
  deformAttention,
  deformConv2d,
  deformConv3d,
  deformConvSupport,
  deformPool2d,
  deformPsRoiPool,
  deformRoiPool,
  roiAlign,
  roiPool,
} from "@ddl/deform-conv";
import { describeBackend } from "@ddl/testing/tensor";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import goldenDcn from "./goldens/dcnV3.json" with { type: "json" };
import goldenAttention from "./goldens/deformAttention.json" with { type: "json" };
import goldenConv from "./goldens/deformConv2d.json" with { type: "json" };
import goldenConv3d from "./goldens/deformConv3d.json" with { type: "json" };
import goldenPool from "./goldens/deformPool2d.json" with { type: "json" };
import goldenPs from "./goldens/deformPsRoiPool.json" with { type: "json" };
import goldenDeform from "./goldens/deformRoiPool.json" with { type: "json" };
import goldenMax from "./goldens/roiAlignMax.json" with { type: "json" };
import goldenRoiPool from "./goldens/roiPool.json" with { type: "json" };
import type { Entry } from "./goldenTensors.js";
import { casesOn, expectClose, tensorOf } from "./goldenTensors.js";

// A processor in place of a graphics card takes seconds to compile a shader.
vi.setConfig({ testTimeout: 240_000 });

/** One call: an operation of tensors by name, and what a reference made of it. */
interface Call {
  title: string;
  inputs: Record<string, unknown>;
  run: (inputs: Record<string, Tensor>) => Tensor;
  dy: Entry;
  value: Entry;
  gradients: Record<string, unknown>;
}

/** The first and the last case: each shape compiles programs of its own. */
const few = <T>(cases: readonly T[]): T[] => casesOn("webgl", cases);

const calls: Call[] = [
  ...few(goldenConv.cases).map((row) => ({
    title: `deformConv2d, ${row.name}`,
    ...row,
    run: ({ x, filter, offset, ...rest }: Record<string, Tensor>) =>
      deformConv2d(x!, filter!, offset!, { ...(row.options as object), ...rest }) as Tensor,
  })),
  ...few(goldenConv3d.cases).map((row) => ({
    title: `deformConv3d, ${row.name}`,
    ...row,
    run: ({ x, filter, offset, ...rest }: Record<string, Tensor>) =>
      deformConv3d(x!, filter!, offset!, { ...(row.options as unknown as DeformConv3dOptions), ...rest }) as Tensor,
  })),
  ...few(goldenDcn.cases).flatMap((row) => {
    const options = row.options as unknown as DcnV3Options;
    const packed = { inputs: { x: row.inputs.x, packed: row.packed } };
    return [
      {
        title: `dcnV3, ${row.name}`,
        ...row,
        run: ({ x, offset, mask }: Record<string, Tensor>) => dcnV3(x!, offset!, mask!, options) as Tensor,
      },
      {
        title: `dcnV4, ${row.name}`,
        ...row,
        ...packed,
        run: ({ x, packed }: Record<string, Tensor>) => dcnV4(x!, packed!, options) as Tensor,
        gradients: { x: row.gradients.x, packed: row.packedGradient },
      },
    ];
  }),
  ...few(goldenPool.cases).map(({ x, offset, ...row }) => ({
    title: `deformPool2d, ${row.name}`,
    ...row,
    inputs: { x, offset },
    run: (inputs: Record<string, Tensor>) =>
      deformPool2d(inputs["x"]!, inputs["offset"]!, row.options as unknown as DeformPool2dOptions) as Tensor,
  })),
  ...few(goldenAttention.cases).map((row) => ({
    title: `deformAttention, ${row.name}`,
    ...row,
    run: ({ value, locations, weights }: Record<string, Tensor>) =>
      deformAttention(value!, row.shapes as [number, number][], locations!, weights!, {
        locationOrder: "xy",
      }) as Tensor,
  })),
  // RoIs whose values are at hand.
  ...[goldenRoiPool.cases[0]!, goldenMax.cases.at(-1)!].map(({ x, rois, ...row }, k) => ({
    title: `${["roiPool", "roiAlign"][k]}, ${row.name}`,
    ...row,
    inputs: { x },
    run: (inputs: Record<string, Tensor>) =>
      [roiPool, roiAlign][k]!(inputs["x"]!, tensorOf(rois), row.options as never) as Tensor,
    gradients: { x: row.gradient },
  })),
  {
    title: "deformRoiPool",
    ...goldenDeform,
    inputs: { x: goldenDeform.x, offset: goldenDeform.offset },
    run: ({ x, offset }) =>
      deformRoiPool(x!, tensorOf(goldenDeform.rois), offset!, goldenDeform.options as never) as Tensor,
  },
  ...goldenPs.cases.slice(-1).map(({ x, offset, ...row }) => ({
    title: `deformPsRoiPool, ${row.name}`,
    ...row,
    inputs: { x, offset },
    run: (inputs: Record<string, Tensor>) => {
      const options = { ...row.options, offsetOrder: "xy" } as never;
      return deformPsRoiPool(inputs["x"]!, tensorOf(row.rois), inputs["offset"]!, options) as Tensor;
    },
  })),
];

describeBackend("operations of tfjs-core", "webgpu", () => {
  test.each(calls)("$title: value and every gradient as the reference", async ({ inputs, run, dy, ...wanted }) => {
    const names = Object.keys(inputs);
    const tensors = Object.values(inputs).map((entry) => tensorOf(entry as Entry));
    const call = (...given: Tensor[]) => run(Object.fromEntries(names.map((name, k) => [name, given[k]!])));
    const { value, grads } = tf.valueAndGrads(call)(tensors, tensorOf(dy));
    await expectClose("value", value, wanted.value, 5e-6);
    for (const [k, name] of names.entries()) {
      await expectClose(name, grads[k]!, wanted.gradients[name] as Entry, 1e-5);
    }
  });

  test("RoIs and offsets that only the device has are an error that says what helps", () => {
    const backend = tf.backend() as WebGPUBackend;
    const onDevice = (tensor: Tensor): Tensor => {
      backend.uploadToGPU(tensor.dataId);
      return tensor;
    };
    const x = tf.ones([1, 4, 5, 2]) as Tensor;
    const rois = (): Tensor => tf.tensor([[0, 1, 1, 4, 3]]);
    const message = (name: string, argument: string): string =>
      `${name}: ${argument} must have values that can be read at once; received ones on the device of webgpu: ` +
      `import "@ddl/deform-conv/webgpu", which does not read it, or pass a tensor made of await ${argument}.data().`;
    expect(() => roiAlign(x, onDevice(rois()), { outputSize: 1 })).toThrow(message("roiAlign", "rois"));
    const offset = onDevice(tf.zeros([1, 1, 1, 2]));
    expect(() => deformRoiPool(x, rois(), offset, { outputSize: 1 })).toThrow(message("deformRoiPool", "offset"));
    expect(deformConvSupport()).toMatchObject({ roiPooling: "operations", roiMaxima: "operations", roiValues: "host" });
  });
});
