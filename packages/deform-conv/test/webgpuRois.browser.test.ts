import type { DeformPsRoiPoolOptions, RoiAlignOptions } from "@ddl/deform-conv";
import {
  deformConvSupport,
  deformPsRoiPool,
  deformRoiPool,
  modulatedDeformRoiPool,
  psRoiAlign,
  psRoiPool,
  roiAlign,
  roiPool,
} from "@ddl/deform-conv";
import "@ddl/deform-conv/webgpu";
import { describeBackend } from "@ddl/testing/tensor";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import goldenDeformPs from "./goldens/deformPsRoiPool.json" with { type: "json" };
import goldenDeform from "./goldens/deformRoiPool.json" with { type: "json" };
import goldenModulated from "./goldens/modulatedDeformRoiPool.json" with { type: "json" };
import goldenPsAlign from "./goldens/psRoiAlign.json" with { type: "json" };
import goldenPsPool from "./goldens/psRoiPool.json" with { type: "json" };
import goldenAlign from "./goldens/roiAlign.json" with { type: "json" };
import goldenMax from "./goldens/roiAlignMax.json" with { type: "json" };
import goldenPool from "./goldens/roiPool.json" with { type: "json" };
import type { Entry } from "./goldenTensors.js";
import { expectClose, tensorOf } from "./goldenTensors.js";

// A processor in place of a graphics card takes seconds to compile a shader.
vi.setConfig({ testTimeout: 240_000 });

/** The tensor with its values on the device only, as a network computes it. */
function onDevice(tensor: Tensor): Tensor {
  const backend = tf.backend() as WebGPUBackend;
  backend.uploadToGPU(tensor.dataId);
  expect(backend.tensorMap.get(tensor.dataId).values).toBeNull();
  return tensor;
}

const given = (entry: Entry): Tensor => onDevice(tensorOf(entry));
const sized = <T extends { outputSize: number[] }>(options: T): T & { outputSize: [number, number] } =>
  options as T & { outputSize: [number, number] };

describeBackend("poolings of RoIs on the device", "webgpu", () => {
  const rows = [
    { operation: roiAlign, cases: [...goldenAlign.cases, ...goldenMax.cases] },
    { operation: roiPool, cases: goldenPool.cases },
    { operation: psRoiAlign, cases: goldenPsAlign.cases },
    { operation: psRoiPool, cases: goldenPsPool.cases },
  ].flatMap(({ operation, cases }) => cases.map((row) => ({ ...row, operation, title: operation.name })));

  test.each(rows)("$title, $name: value and gradient as torchvision and ONNX", async ({ operation, ...row }) => {
    const [x, rois, dy] = [row.x, row.rois, row.dy].map(given) as [Tensor, Tensor, Tensor];
    const options = sized(row.options) as RoiAlignOptions;
    const { value, grad } = tf.valueAndGrad((t: Tensor) => operation(t, rois, options) as Tensor)(x, dy);
    await expectClose("value", value, row.value);
    await expectClose("gradient", grad, row.gradient);
    tf.dispose([x, rois, dy, value, grad]);
  });

  test.each(["yx", "xy"] as const)(
    "deformRoiPool, order %s: value and gradients as its golden",
    async (offsetOrder) => {
      const [x, rois, offset, dy] = [goldenDeform.x, goldenDeform.rois, goldenDeform.offset, goldenDeform.dy].map(
        given,
      ) as [Tensor, Tensor, Tensor, Tensor];
      const ordered = (t: Tensor) => (offsetOrder === "yx" ? t : tf.reverse(t, 3));
      const options = { ...sized(goldenDeform.options), offsetOrder };
      const call = (...[a, b]: Tensor[]) => deformRoiPool(a!, rois, b!, options) as Tensor;
      const { value, grads } = tf.valueAndGrads(call)([x, ordered(offset)], dy);
      await expectClose("value", value, goldenDeform.value);
      await expectClose("x", grads[0]!, goldenDeform.gradients.x);
      await expectClose("offset", ordered(grads[1]!), goldenDeform.gradients.offset, 1e-5);
    },
  );

  test("modulatedDeformRoiPool: value and gradients as its golden", async () => {
    const { options, gradients, ...golden } = goldenModulated;
    const [x, rois, offset, mask, dy] = [golden.x, golden.rois, golden.offset, golden.mask, golden.dy].map(given) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const call = (...[a, b, m]: Tensor[]) =>
      modulatedDeformRoiPool(a!, rois, b!, { ...sized(options), mask: m! }) as Tensor;
    const { value, grads } = tf.valueAndGrads(call)([x, offset, mask], dy);
    await expectClose("value", value, golden.value);
    await expectClose("x", grads[0]!, gradients.x);
    await expectClose("offset", grads[1]!, gradients.offset, 1e-5);
    await expectClose("mask", grads[2]!, gradients.mask);
  });

  test.each(goldenDeformPs.cases)("deformPsRoiPool, $name: value and gradients as the original's", async (row) => {
    const [x, rois, offset, dy] = [row.x, row.rois, row.offset, row.dy].map(given) as [Tensor, Tensor, Tensor, Tensor];
    const options = { ...row.options, offsetOrder: "xy" } as unknown as DeformPsRoiPoolOptions;
    const call = (...[a, b]: Tensor[]) => deformPsRoiPool(a!, rois, b!, options) as Tensor;
    const { value, grads } = tf.valueAndGrads(call)([x, offset], dy);
    await expectClose("value", value, row.value);
    await expectClose("x", grads[0]!, row.gradients.x);
    await expectClose("offset", grads[1]!, row.gradients.offset, 1e-5);
  });

  test("a network's own boxes can be pooled and trained through: the tape keeps them", async () => {
    const boxes = tf.tensor([[0, 2, 1, 6, 4]]);
    const call = (t: Tensor) =>
      roiAlign(t, tf.mul(onDevice(boxes), 0.5), { outputSize: [1, 2], samplingRatio: 1 }) as Tensor;
    const { value, grad } = tf.valueAndGrad(call)(tf.reshape(tf.range(0, 20), [1, 4, 5, 1]), tf.ones([1, 1, 2, 1]));
    // Rows ½ … 2, columns 1 … 3: samples at row 1¼, columns 1½ and 2½.
    expect([...(await value.data())]).toEqual([7.75, 8.75]);
    const line = (share: number): number[] => [0, share / 2, share, share / 2, 0];
    expect([...(await grad.data())]).toEqual([...line(0), ...line(0.75), ...line(0.25), ...line(0)]);
  });

  test("an RoI without image or not finite is an error where it can be seen; on the device NaN without gradient", async () => {
    const boxes = [
      [0, 0, 0, 2, 2],
      [1, 0, 0, 2, 2],
      [-1, 0, 0, 2, 2],
      [0.5, 0, 0, 2, 2],
      [0, 0, 0, Number.NaN, 2],
      [0, Number.POSITIVE_INFINITY, 0, 2, 2],
    ];
    for (const operation of [roiAlign, roiPool, psRoiPool]) {
      const call = (rois: Tensor) => (t: Tensor) => operation(t, rois, { outputSize: 1 }) as Tensor;
      expect(() => call(tf.tensor(boxes))(tf.ones([1, 3, 4, 1]))).toThrow(
        `${operation.name}: rois must begin each row with the index of an image of x, an integer ≥ 0 and < 1; received 1. That is at index [1, 0].`,
      );
      const { value, grad } = tf.valueAndGrad(call(onDevice(tf.tensor(boxes))))(
        tf.ones([1, 3, 4, 1]),
        tf.ones([6, 1, 1, 1]),
      );
      const none = Number.NaN;
      expect([...(await value.data())], operation.name).toEqual([1, none, none, none, none, none]);
      const slopes: number[] = [...(await grad.data())];
      expect(slopes.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
    expect(() => roiAlign(tf.ones([0, 3, 4, 1]), onDevice(tf.tensor(boxes)), { outputSize: 1 })).toThrow(
      "roiAlign: rois must have no rows: x has no image; received [6, 5].",
    );
  });

  test("offsets that are not finite make a bin 0; of equals the first has the gradient, and a NaN is the maximum", async () => {
    const offset = onDevice(tf.tensor([Number.NaN, 0, 0, Number.POSITIVE_INFINITY, 0, 0], [1, 1, 3, 2]));
    const rois = onDevice(tf.tensor([[0, 1, 1, 4, 3]]));
    for (const operation of [deformRoiPool, deformPsRoiPool]) {
      const call = (...[a, b]: Tensor[]) => operation(a!, rois, b!, { outputSize: [1, 3] }) as Tensor;
      const channels = operation === deformRoiPool ? 1 : 3;
      const { value, grads } = tf.valueAndGrads(call)([tf.ones([1, 5, 6, channels]), offset], tf.ones([1, 1, 3, 1]));
      expect([...(await value.data())]).toEqual([0, 0, 1]);
      expect([...(await grads[1]!.data())].map((v) => v + 0)).toEqual([0, 0, 0, 0, 0, 0]);
    }
    const x = tf.tensor([-5, -5, -7, -8, -9, Number.NaN, -4, Number.NaN], [1, 2, 4, 1]);
    const call = (t: Tensor) => roiPool(t, onDevice(tf.tensor([[0, 0, 0, 3, 1]])), { outputSize: [2, 2] }) as Tensor;
    const { value, grad } = tf.valueAndGrad(call)(x, tf.tensor([1, 2, 3, 4], [1, 2, 2, 1]));
    expect([...(await value.data())]).toEqual([-5, -7, Number.NaN, Number.NaN]);
    expect([...(await grad.data())]).toEqual([1, 0, 2, 0, 0, 3, 0, 4]);
  });

  test("RoIs of astronomic size, bins whose quotients are rounded, and no RoIs", async () => {
    const far = onDevice(
      tf.tensor([
        [0, -1e9, -1e9, 1e9, 1e9],
        [0, -3e38, -3e38, 3e38, 3e38],
        [0, 1e20, 0, 2e20, 4],
      ]),
    );
    for (const operation of [roiAlign, roiPool]) {
      const got = operation(tf.ones([1, 4, 5, 2]), far, { outputSize: [1, 3], spatialScale: 8 });
      if (operation === roiAlign) expect((await got.data()).every((v) => Math.abs(v) < 1e-6)).toBe(true);
    }
    const none = roiAlign(tf.ones([1, 4, 5, 2]), tf.zeros([0, 5]), { outputSize: [1, 3] });
    expect(none.shape).toEqual([0, 1, 3, 2]);
    // Bins of length / n for every n, and lengths a last bit from a whole number of samples: the host's rounding decides how many there are.
    const boxes = Array.from({ length: 60 }, (_, k) => {
      const length = Math.fround((1 + (k % 7)) * (2 + Math.floor(k / 12)) * (1 + ((k % 3) - 1) * 2 ** -23));
      return [0, 0, 0, length, length];
    });
    const x = tf.randomNormal([1, 30, 31, 1], 0, 1, "float32", 5);
    const values = [...(await x.data())];
    for (const operation of [roiAlign, roiPool]) {
      for (const outputSize of [3, 7] as const) {
        const got = await operation(x, onDevice(tf.tensor(boxes)), { outputSize }).data();
        await tf.setBackend("cpu");
        const wanted = operation(tf.tensor(values, [1, 30, 31, 1]), tf.tensor(boxes), { outputSize });
        const expected = { shape: wanted.shape, values: [...wanted.dataSync()] };
        await expectClose(`${operation.name} ${outputSize}`, tf.tensor(got, wanted.shape), expected);
        await tf.setBackend("webgpu");
      }
    }
  });

  test("leave no buffer behind, and say that they are kernels", async () => {
    const backend = tf.backend() as WebGPUBackend;
    const run = async (): Promise<void> => {
      const [x, rois, offset] = [tf.ones([1, 4, 5, 2]), tf.tensor([[0, 1, 1, 4, 3]]), tf.zeros([1, 2, 2, 2])];
      const call = (...[a, b]: Tensor[]) => deformRoiPool(a!, rois, b!, { outputSize: 2 }) as Tensor;
      const { value, grads } = tf.valueAndGrads(call)([x, offset]);
      const maximum = tf.valueAndGrad((t: Tensor) => roiPool(t, rois, { outputSize: 2 }) as Tensor)(x);
      await Promise.all([value, ...grads, maximum.value, maximum.grad].map((t) => t.data()));
      tf.dispose([x, rois, offset, value, grads, maximum]);
    };
    await run();
    const [tensors, buffers] = [tf.memory().numTensors, backend.numDataIds()];
    await run();
    expect([tf.memory().numTensors, backend.numDataIds()]).toEqual([tensors, buffers]);
    expect(deformConvSupport()).toMatchObject({ roiPooling: "kernel", roiMaxima: "kernel", roiValues: "anywhere" });
  });
});
