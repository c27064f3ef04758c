import { resetSimdProfile, simdProfile } from "@ddl/backend-simd";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { registerConv3dGradient } from "../src/gradients/conv3d.js";
import { type Conv3dShape, conv3d, conv3dFilterGradient, conv3dInputGradient } from "../src/kernels/conv3d/simd.js";
import { expectConformance, gradients, numbers } from "./conformance.js";
import { BUILDS, expectNear, kernelCalls, normalValues, prepareKernels, randomFrom, runKernels } from "./fakeHost.js";

beforeAll(prepareKernels);

type Shape3 = [number, number, number];
type Shape5 = [number, number, number, number, number];

interface Case {
  x: Shape5;
  filter: Shape5;
  strides: Shape3;
  pad: "same" | "valid" | number;
}

const ONES: Shape3 = [1, 1, 1];
// Every axis another length; channels 1, 3, 5, 17 and multiples of a vector.
const CASES: Case[] = [
  { x: [2, 5, 7, 4, 3], filter: [3, 3, 3, 3, 5], strides: ONES, pad: "same" },
  { x: [1, 6, 5, 8, 8], filter: [3, 2, 4, 8, 16], strides: ONES, pad: "valid" },
  { x: [2, 4, 9, 6, 1], filter: [2, 3, 5, 1, 17], strides: [2, 1, 3], pad: "same" },
  { x: [1, 7, 6, 5, 17], filter: [3, 2, 2, 17, 3], strides: [1, 2, 2], pad: "valid" },
  { x: [1, 5, 6, 4, 5], filter: [4, 1, 2, 5, 1], strides: ONES, pad: 2 },
  { x: [2, 6, 4, 8, 3], filter: [2, 2, 2, 3, 4], strides: [2, 2, 2], pad: "valid" },
  { x: [1, 8, 7, 9, 24], filter: [3, 3, 3, 24, 12], strides: ONES, pad: "same" },
  // Strides beyond the filter: inputs that nothing reads, and a "same" that starts inside.
  { x: [1, 7, 6, 8, 2], filter: [2, 1, 1, 2, 3], strides: [3, 2, 4], pad: "same" },
  // One plane at a time, which is conv2d: direct, by a product of matrices, by Winograd's transform.
  { x: [2, 3, 5, 6, 5], filter: [1, 3, 2, 5, 3], strides: [1, 2, 1], pad: "same" },
  { x: [2, 3, 4, 5, 7], filter: [1, 1, 1, 7, 9], strides: ONES, pad: "valid" },
  { x: [1, 3, 9, 12, 16], filter: [1, 3, 3, 16, 24], strides: ONES, pad: "same" },
  // Filters along the depth alone, and one that covers all.
  { x: [2, 6, 3, 5, 4], filter: [3, 1, 1, 4, 6], strides: ONES, pad: "same" },
  { x: [3, 2, 3, 4, 5], filter: [2, 3, 4, 5, 10], strides: ONES, pad: "valid" },
];

/** The sizes that tfjs computes. */
function shapeOf({ x, filter, strides, pad }: Case, dilations: Shape3 = ONES): Conv3dShape {
  const info = tf.backend_util.computeConv3DInfo(x, filter, strides, dilations, pad as "same");
  const [batch, planes, rows, columns, channels] = x;
  const [filterPlanes, filterRows, filterColumns, , outChannels] = filter;
  const [strideDepth, strideRows, strideColumns] = strides;
  const [dilationDepth, dilationRows, dilationColumns] = dilations;
  return {
    ...{ batch, planes, rows, columns, channels, filterPlanes, filterRows, filterColumns, outChannels },
    ...{ strideDepth, strideRows, strideColumns, dilationDepth, dilationRows, dilationColumns },
    outPlanes: info.outDepth,
    outRows: info.outHeight,
    outColumns: info.outWidth,
    padFront: info.padInfo.front,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const outputShape = (s: Conv3dShape): Shape5 => [s.batch, s.outPlanes, s.outRows, s.outColumns, s.outChannels];

/** Calls `visit` with the positions of input, filter and output of every product. */
function forEachProduct(s: Conv3dShape, visit: (input: number, weight: number, output: number) => void): void {
  for (let b = 0; b < s.batch; b++)
    for (let d = 0; d < s.outPlanes; d++)
      for (let r = 0; r < s.outRows; r++)
        for (let c = 0; c < s.outColumns; c++)
          for (let h = 0; h < s.filterPlanes; h++)
            for (let i = 0; i < s.filterRows; i++)
              for (let j = 0; j < s.filterColumns; j++) {
                const z = d * s.strideDepth - s.padFront + h * s.dilationDepth;
                const y = r * s.strideRows - s.padTop + i * s.dilationRows;
                const x = c * s.strideColumns - s.padLeft + j * s.dilationColumns;
                if (z < 0 || z >= s.planes || y < 0 || y >= s.rows || x < 0 || x >= s.columns) continue;
                const input = (((b * s.planes + z) * s.rows + y) * s.columns + x) * s.channels;
                const output = (((b * s.outPlanes + d) * s.outRows + r) * s.outColumns + c) * s.outChannels;
                const weight = ((h * s.filterRows + i) * s.filterColumns + j) * s.channels * s.outChannels;
                for (let m = 0; m < s.channels; m++)
                  for (let n = 0; n < s.outChannels; n++) visit(input + m, weight + m * s.outChannels + n, output + n);
              }
}

/** Expects forward pass and both gradients of the kernels to be the definition's in float64. */
function expectKernels(build: string, shape: Conv3dShape, xLength: number, filterLength: number): void {
  const random = randomFrom(xLength + filterLength);
  const x = normalValues(xLength, random);
  const filter = normalValues(filterLength, random);
  const dy = normalValues(sizeOf(outputShape(shape)), random);
  const y64 = new Float64Array(dy.length);
  const dx64 = new Float64Array(xLength);
  const dw64 = new Float64Array(filterLength);
  forEachProduct(shape, (input, weight, output) => {
    y64[output]! += x[input]! * filter[weight]!;
    dx64[input]! += dy[output]! * filter[weight]!;
    dw64[weight]! += x[input]! * dy[output]!;
  });
  const compare = (found: ArrayLike<number>, expected: Float64Array, what: string): void => {
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    expectNear(found, expected, 0, 2e-6 * largest, what);
  };
  const run = (
    inputs: Float32Array[],
    like: Float32Array,
    use: Parameters<typeof runKernels>[1]["use"],
  ): ArrayLike<number> => runKernels(build, { inputs, outputs: [like], use })[0]!;
  compare(
    run([x, filter], dy, (host, [input, weights], [out]) =>
      conv3d(host, { shape, input: input!, filter: weights!, out: out! }),
    ),
    y64,
    "y",
  );
  compare(
    run([dy, filter], x, (host, [gradient, weights], [out]) =>
      conv3dInputGradient(host, { shape, gradient: gradient!, filter: weights!, out: out! }),
    ),
    dx64,
    "dx",
  );
  compare(
    run([x, dy], filter, (host, [input, gradient], [out]) =>
      conv3dFilterGradient(host, { shape, input: input!, gradient: gradient!, out: out! }),
    ),
    dw64,
    "dw",
  );
}

describe.each(BUILDS)("conv3d kernels, %s build", (build) => {
  test.each(CASES)("x $x, filter $filter, strides $strides, pad $pad", (parameters) => {
    expectKernels(build, shapeOf(parameters), sizeOf(parameters.x), sizeOf(parameters.filter));
  });

  test("with strides and dilations at once", () => {
    const parameters: Case = { x: [2, 9, 11, 10, 3], filter: [3, 2, 4, 3, 9], strides: [2, 3, 4], pad: 3 };
    for (const dilations of [
      [3, 2, 2],
      [1, 3, 6],
      [2, 1, 3],
    ] as Shape3[]) {
      expectKernels(build, shapeOf(parameters, dilations), sizeOf(parameters.x), sizeOf(parameters.filter));
    }
  });

  test("in several blocks, chunks and groups", () => {
    const parameters: Case = { x: [2, 7, 9, 10, 37], filter: [3, 3, 2, 37, 20], strides: ONES, pad: "same" };
    expectKernels(build, shapeOf(parameters), sizeOf(parameters.x), sizeOf(parameters.filter));
    const wide: Case = { x: [1, 3, 4, 5, 4], filter: [2, 2, 2, 4, 515], strides: [1, 2, 1], pad: "same" };
    expectKernels(build, shapeOf(wide), sizeOf(wide.x), sizeOf(wide.filter));
  });

  test("leave filters of one plane to conv2d", () => {
    const shape = shapeOf(CASES[8]!);
    const inputs = [new Float32Array(sizeOf(CASES[8]!.x)), new Float32Array(sizeOf(CASES[8]!.filter))];
    const outputs = [new Float32Array(sizeOf(outputShape(shape)))];
    const calls = kernelCalls(build, {
      inputs,
      outputs,
      use: (host, [input, filter], [out]) => conv3d(host, { shape, input: input!, filter: filter!, out: out! }),
    });
    expect(calls).toContain("convolve");
    expect(calls).not.toContain("convolve3d");
  });
});

const convolve =
  ({ strides, pad }: Case) =>
  (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    tf.conv3d(a as tf.Tensor5D, w as tf.Tensor5D, strides, pad as "same");

describe("conv3d is that of cpu", () => {
  test.each(CASES)("x $x, filter $filter, strides $strides, pad $pad", async (parameters) => {
    const compute = convolve(parameters);
    const inputs = [numbers(parameters.x, 1), numbers(parameters.filter, 2)];
    // The tolerance of conv2d, which filters of one plane go to.
    await expectConformance(inputs, compute, { relative: 2e-5 });
    await expectConformance(inputs, gradients(compute), { relative: 2e-5 });
  });

  test("by kernels of its own", async () => {
    await tf.setBackend("simd");
    resetSimdProfile();
    tf.tidy(() =>
      tf.grad((x) => tf.sum(tf.conv3d(x as tf.Tensor5D, tf.ones([2, 2, 2, 1, 3]), 1, "same")))(
        tf.ones([1, 3, 4, 5, 1]),
      ),
    );
    tf.tidy(() =>
      tf.grad((w) => tf.sum(tf.conv3d(tf.ones<tf.Rank.R5>([1, 3, 4, 5, 1]), w as tf.Tensor5D, 1, "same")))(
        tf.ones([2, 2, 2, 1, 3]),
      ),
    );
    const convolving = simdProfile().filter(({ kernel }) => kernel.startsWith("Conv3D"));
    expect(convolving.map(({ where, kernel }) => `${where} ${kernel}`).sort()).toEqual([
      "wasm Conv3D",
      "wasm Conv3DBackpropFilterV2",
      "wasm Conv3DBackpropInputV2",
    ]);
  });

  test("for an empty batch", async () => {
    const compute = convolve(CASES[0]!);
    const inputs = [numbers([0, 5, 7, 4, 3]), numbers([3, 3, 3, 3, 5])];
    await expectConformance(inputs, compute, { relative: 0 });
    await expectConformance(inputs, gradients(compute), { relative: 0 });
  });

  test("with NaN and infinity", async () => {
    const x = numbers([1, 4, 5, 6, 3]);
    x.values[100] = Number.NaN;
    x.values[200] = Number.POSITIVE_INFINITY;
    const compute = convolve({ ...CASES[0]!, x: [1, 4, 5, 6, 3] });
    await expectConformance([x, numbers([3, 3, 3, 3, 5], 2)], compute, { relative: 1e-5 });
  });
});

describe("conv3dTranspose is that of cpu", () => {
  test.each([
    [[2, 3, 5, 4, 8], [2, 2, 2, 4, 8], [2, 6, 10, 8, 4], 2, "valid"],
    [[1, 3, 4, 2, 5], [3, 2, 3, 3, 5], [1, 3, 8, 6, 3], [1, 2, 3], "same"],
    [[1, 4, 3, 5, 17], [3, 3, 3, 1, 17], [1, 4, 3, 5, 1], 1, "same"],
  ] as const)("x %j, filter %j, output %j, strides %j, pad %s", async (x, filter, output, strides, pad) => {
    const compute = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.conv3dTranspose(a as tf.Tensor5D, w as tf.Tensor5D, [...output], strides as number | Shape3, pad);
    await expectConformance([numbers([...x], 1), numbers([...filter], 2)], compute, { relative: 1e-5 });
  });
});

describe("a dilated conv3d", () => {
  beforeAll(async () => {
    await tf.setBackend("simd");
    registerConv3dGradient();
    registerConv3dGradient();
  });

  test.each([
    [[2, 7, 6, 9, 5], [3, 2, 3, 5, 4], [2, 3, 2], "same"],
    [[1, 5, 8, 7, 3], [2, 3, 2, 3, 9], [3, 2, 1], "valid"],
    [[1, 6, 5, 9, 3], [1, 2, 3, 3, 4], [4, 2, 3], "same"],
  ] as const)(
    "of x %j, filter %j, dilations %j, pad %s has cpu's values and the gradients of its definition",
    async (x, filter, dilations, pad) => {
      const dilate = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
        tf.conv3d(a as tf.Tensor5D, w as tf.Tensor5D, 1, pad, "NDHWC", [...dilations]);
      const inputs = [numbers([...x], 1), numbers([...filter], 2)];
      await expectConformance(inputs, dilate, { relative: 1e-5 });
      // The same filter with zeros between its taps, which needs no dilation: its gradients are those of cpu.
      const spread = (w: tf.Tensor): tf.Tensor => {
        let wide = w;
        for (const axis of [0, 1, 2]) {
          const last = wide.shape.map((size, k) => (k === axis ? (size - 1) * dilations[axis]! + 1 : size));
          const taps = tf.reshape(wide, [...wide.shape.slice(0, axis + 1), 1, ...wide.shape.slice(axis + 1)]);
          const paddings = taps.shape.map((_, k): [number, number] => [0, k === axis + 1 ? dilations[axis]! - 1 : 0]);
          const padded = tf.pad(taps, paddings);
          const joined = tf.reshape(
            padded,
            wide.shape.map((size, k) => (k === axis ? size * dilations[axis]! : size)),
          );
          wide = tf.slice(joined, [0, 0, 0, 0, 0], last);
        }
        return wide;
      };
      const undilated = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
        tf.conv3d(a as tf.Tensor5D, spread(w) as tf.Tensor5D, 1, pad);
      const onSimd = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
        tf.getBackend() === "simd" ? dilate(a, w) : undilated(a, w);
      await expectConformance(inputs, gradients(onSimd), { relative: 1e-5 });
    },
  );

  test("refuses a gradient that the inherited kernel would get wrong", async () => {
    await tf.setBackend("simd");
    const [filter, dy] = [tf.zeros([2, 2, 2, 1, 1]), tf.zeros([1, 4, 4, 4, 1], "int32")];
    const attributes = { strides: [1, 1, 1], pad: "same", dilations: [2, 1, 1], inputShape: [1, 4, 4, 4, 1] };
    const run = (): unknown => tf.engine().runKernel("Conv3DBackpropInputV2", { dy, filter }, attributes);
    expect(run).toThrow("simd: the gradient of a dilated conv3d needs float32 tensors in NDHWC.");
    tf.dispose([filter, dy]);
  });

  test("still has no gradient on cpu: tfjs refuses it there", async () => {
    await tf.setBackend("cpu");
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.sum(tf.conv3d(x as tf.Tensor5D, tf.ones([2, 2, 2, 1, 1]), 1, "same", "NDHWC", 2));
    expect(() => tf.tidy(() => tf.grad(f)(tf.ones([1, 6, 6, 6, 1])))).toThrow(/dilation rates greater than 1/);
  });
});
