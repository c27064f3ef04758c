import { deformConv2d } from "@ddl/deform-conv";
import "@ddl/deform-conv/webgpu";
import { describeBackend } from "@ddl/testing/tensor";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { deformConv2dCases } from "./cases/deformConv2d.js";
import { deformConv2dTransposeCases } from "./cases/deformConv2dTranspose.js";
import type { Entry } from "./goldenTensors.js";
import { expectClose } from "./goldenTensors.js";

// A processor in place of a graphics card takes seconds to compile a shader.
vi.setConfig({ testTimeout: 240_000 });

describeBackend("deformConv2d", "webgpu", deformConv2dCases);
describeBackend("deformConv2dTranspose", "webgpu", deformConv2dTransposeCases);

interface Setting {
  name: string;
  shapes: Record<"x" | "filter" | "offset" | "mask", number[]>;
  options: object;
}

/** The result and the gradients of random inputs, which depend on the shapes alone, read from the backend in use. */
async function run({ shapes, options }: Setting): Promise<Record<string, Entry>> {
  const inputs = Object.entries(shapes).map(([name, shape], seed) =>
    tf.randomNormal(shape, 0, name === "offset" ? 2 : 1, "float32", seed + 1),
  );
  const convolve = (x: Tensor, filter: Tensor, offset: Tensor, mask: Tensor): Tensor =>
    deformConv2d(x, filter, offset, { ...options, mask });
  const { value, grads } = tf.valueAndGrads(convolve as (...given: Tensor[]) => Tensor)(inputs);
  const named = Object.entries({ value, x: grads[0]!, filter: grads[1]!, offset: grads[2]!, mask: grads[3]! });
  const read = await Promise.all(
    named.map(
      async ([name, t]) => [name, { shape: t.shape as number[], values: [...(await t.data())] }] as [string, Entry],
    ),
  );
  tf.dispose([inputs, value, grads]);
  return Object.fromEntries(read);
}

describeBackend("kernels of deformConv2d", "webgpu", () => {
  // A tile is 32 windows × 32 outputs or channels, its depth 16; a share of the filter's gradient has at least 256 windows.
  test.each<Setting>([
    {
      name: "more windows, channels and outputs than a tile has, and several shares",
      shapes: { x: [2, 17, 19, 37], filter: [2, 3, 37, 41], offset: [2, 16, 17, 12], mask: [2, 16, 17, 6] },
      options: {},
    },
    {
      name: "offset groups that span groups of the filter",
      shapes: { x: [1, 9, 7, 24], filter: [3, 1, 6, 20], offset: [1, 7, 7, 18], mask: [1, 7, 7, 9] },
      options: { offsetGroups: 3 },
    },
    {
      name: "groups of more channels than a tile has",
      shapes: { x: [1, 5, 6, 80], filter: [2, 2, 40, 6], offset: [1, 7, 3, 16], mask: [1, 7, 3, 8] },
      options: {
        offsetGroups: 2,
        padding: [
          [1, 2],
          [0, 1],
        ],
        strides: [1, 2],
      },
    },
    {
      name: "an offset group for each channel, a group of the filter for each channel",
      shapes: { x: [3, 6, 5, 18], filter: [1, 2, 1, 36], offset: [3, 3, 4, 72], mask: [3, 3, 4, 36] },
      options: { offsetGroups: 18, strides: [2, 1] },
    },
  ])("$name: as the definition", async (setting) => {
    const got = await run(setting);
    await tf.setBackend("cpu");
    const wanted = await run(setting);
    await tf.setBackend("webgpu");
    for (const [name, { shape, values }] of Object.entries(got)) {
      const tensor = tf.tensor(values, shape);
      await expectClose(name, tensor, wanted[name]!, 1e-5);
      tensor.dispose();
    }
  });

  test("add all that falls on one pixel, 100 times over", async () => {
    const [height, width, channels] = [13, 11, 2];
    const image = [1, height, width, channels];
    // Every tap of every window reads between rows 2 and 3 of column 7; the windows are numbered in the cotangent.
    const offsets = Array.from({ length: height * width * 2 }, (_, at) => {
      const window = Math.floor(at / 2);
      return at % 2 === 0 ? 2.5 - Math.floor(window / width) : 7 - (window % width);
    });
    const offset = tf.tensor(offsets, [1, height, width, 2]);
    const dy = tf.reshape(tf.range(0, height * width), [1, height, width, 1]);
    const filter = tf.tensor([2, 6], [1, 1, channels, 1]);
    const gradient = tf.grad((x) => deformConv2d(x, filter, offset));
    const wanted = new Array<number>(height * width * channels).fill(0);
    const windows = (height * width * (height * width - 1)) / 2;
    for (const row of [2, 3]) wanted.splice((row * width + 7) * channels, channels, windows, 3 * windows);
    for (let k = 0; k < 100; k++) {
      const x = tf.ones(image);
      const got = gradient(x, dy);
      expect([...(await got.data())]).toEqual(wanted);
      tf.dispose([x, got]);
    }
    tf.dispose([offset, dy, filter]);
  });

  const shapes = { x: [1, 3, 4, 4], filter: [2, 3, 2, 2], offset: [1, 2, 2, 24], mask: [1, 2, 2, 12] };
  const small: Setting = { name: "", shapes, options: { offsetGroups: 2 } };

  test("are what runs", async () => {
    const { kernelNames } = await tf.profile(async () => {
      const inputs = Object.values(shapes).map((shape) => tf.ones(shape));
      const [x, filter, offset, mask] = inputs as [Tensor, Tensor, Tensor, Tensor];
      const value = deformConv2d(x, filter, offset, { offsetGroups: 2, mask });
      const dy = tf.ones(value.shape);
      const gradient = tf.grads((a, b, c, d) => deformConv2d(a!, b!, c!, { offsetGroups: 2, mask: d! }) as Tensor);
      return [value, ...gradient(inputs, dy)];
    });
    for (const name of ["DeformConv2d", "DeformConv2dInputGradient", "DeformConv2dParameterGradients"]) {
      expect(kernelNames, name).toContain(name);
    }
    expect(kernelNames).not.toContain("GatherV2");
  });

  test("leave no buffer behind", async () => {
    const backend = tf.backend() as WebGPUBackend;
    await run(small);
    const before = backend.numDataIds();
    await run(small);
    expect(backend.numDataIds()).toBe(before);
  });
});
