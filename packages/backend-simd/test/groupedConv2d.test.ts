import { resetSimdProfile, simdProfile } from "@ddl/backend-simd";
import { createRuntime } from "@ddl/simd";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { Kernels } from "../src/backend/kernels.js";
import {
  type GroupedConv2dShape,
  groupedConv2dFilterGradient,
  groupedConv2dInputGradient,
  groupedConv2d as groupedConv2dKernel,
} from "../src/kernels/groupedConv2d/simd.js";
import { type GroupedConv2dOptions, groupedConv2d } from "../src/operations/index.js";
import { expectConformance, gradients, numbers } from "./conformance.js";
import { BUILDS, normalValues, prepareKernels, randomFrom, runKernels } from "./fakeHost.js";
import golden from "./goldens/groupedConv2d.json" with { type: "json" };

beforeAll(prepareKernels);

/** Convolution in groups and both gradients, as their definition says. */
function groupedReference(
  s: GroupedConv2dShape,
  input: Float32Array,
  filter: Float32Array,
  gradient: Float32Array,
): Record<"out" | "inputGradient" | "filterGradient", Float64Array> {
  const out = new Float64Array(gradient.length);
  const inputGradient = new Float64Array(input.length);
  const filterGradient = new Float64Array(filter.length);
  const channels = s.channels / s.groups;
  for (let n = 0; n < s.batch; n++) {
    for (let y = 0; y < s.outRows; y++) {
      for (let x = 0; x < s.outColumns; x++) {
        for (let i = 0; i < s.filterRows; i++) {
          for (let j = 0; j < s.filterColumns; j++) {
            const row = y * s.strideRows - s.padTop + i * s.dilationRows;
            const column = x * s.strideColumns - s.padLeft + j * s.dilationColumns;
            if (row < 0 || column < 0 || row >= s.rows || column >= s.columns) continue;
            for (let k = 0; k < s.outChannels; k++) {
              const group = Math.floor((k * s.groups) / s.outChannels);
              const o = ((n * s.outRows + y) * s.outColumns + x) * s.outChannels + k;
              for (let c = 0; c < channels; c++) {
                const p = ((n * s.rows + row) * s.columns + column) * s.channels + group * channels + c;
                const f = ((i * s.filterColumns + j) * channels + c) * s.outChannels + k;
                out[o]! += input[p]! * filter[f]!;
                inputGradient[p]! += gradient[o]! * filter[f]!;
                filterGradient[f]! += gradient[o]! * input[p]!;
              }
            }
          }
        }
      }
    }
  }
  return { out, inputGradient, filterGradient };
}

/** Sizes, with that of the output; channels are a group's, pads are top, left, bottom, right. */
function groupedShape(
  [batch, rows, columns]: [number, number, number],
  [groups, channels, outChannels]: [number, number, number],
  [filterRows, filterColumns]: [number, number],
  [strideRows, strideColumns]: [number, number],
  [dilationRows, dilationColumns]: [number, number],
  [padTop, padLeft, padBottom, padRight]: [number, number, number, number],
): GroupedConv2dShape {
  const size = (length: number, pads: number, taps: number, dilation: number, stride: number) =>
    Math.floor((length + pads - (taps - 1) * dilation - 1) / stride) + 1;
  return {
    ...{ batch, rows, columns, groups, channels: groups * channels, outChannels: groups * outChannels },
    ...{ filterRows, filterColumns, strideRows, strideColumns, dilationRows, dilationColumns, padTop, padLeft },
    outRows: size(rows, padTop + padBottom, filterRows, dilationRows, strideRows),
    outColumns: size(columns, padLeft + padRight, filterColumns, dilationColumns, strideColumns),
  };
}

const cases: [string, GroupedConv2dShape][] = [
  ["one pixel of two groups", groupedShape([1, 1, 1], [2, 1, 1], [1, 1], [1, 1], [1, 1], [0, 0, 0, 0])],
  ["one group", groupedShape([2, 7, 5], [1, 3, 5], [3, 3], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["ResNeXt's first stage, cut", groupedShape([1, 11, 37], [32, 4, 4], [3, 3], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["ResNeXt's second stage, cut", groupedShape([2, 9, 28], [5, 8, 8], [3, 3], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["ResNeXt's second stage, strided", groupedShape([1, 19, 25], [5, 8, 8], [3, 3], [2, 2], [1, 1], [1, 1, 1, 1])],
  ["four in lanes, one channel", groupedShape([2, 5, 9], [8, 1, 3], [3, 2], [1, 1], [1, 1], [1, 0, 1, 1])],
  ["four in lanes, 6 to 7 channels", groupedShape([1, 8, 7], [4, 6, 7], [2, 3], [2, 1], [1, 1], [1, 1, 0, 1])],
  ["four in lanes, dilated", groupedShape([1, 9, 8], [12, 3, 2], [3, 3], [1, 2], [2, 1], [2, 1, 2, 1])],
  ["lanes forward, 8 channels back", groupedShape([2, 6, 23], [4, 8, 5], [3, 3], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["wide groups on few pixels", groupedShape([2, 7, 6], [2, 32, 40], [3, 3], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["groups wider than a block of channels", groupedShape([1, 8, 7], [2, 70, 11], [3, 2], [1, 1], [1, 1], [1, 0, 1, 1])],
  ["more output channels than a block", groupedShape([1, 5, 9], [2, 5, 73], [2, 3], [1, 1], [1, 1], [0, 1, 0, 1])],
  ["one channel a group", groupedShape([2, 6, 8], [5, 1, 3], [3, 2], [1, 1], [1, 1], [1, 1, 1, 0])],
  ["17 channels a group", groupedShape([1, 6, 7], [3, 17, 17], [3, 3], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["3 channels a group, unequal strides", groupedShape([2, 13, 10], [5, 3, 8], [3, 5], [2, 3], [1, 1], [1, 2, 0, 1])],
  ["dilated", groupedShape([1, 12, 11], [3, 8, 5], [3, 3], [1, 1], [2, 3], [2, 1, 2, 4])],
  ["dilated, many columns", groupedShape([1, 9, 61], [2, 4, 3], [3, 4], [1, 1], [1, 2], [1, 3, 1, 2])],
  ["stride and dilation share a factor", groupedShape([1, 15, 40], [2, 5, 4], [4, 3], [2, 4], [2, 6], [3, 1, 0, 2])],
  ["stride beyond the filter", groupedShape([1, 11, 13], [2, 3, 4], [2, 1], [3, 3], [1, 1], [0, 0, 0, 0])],
  ["strided pointwise", groupedShape([2, 9, 8], [3, 5, 17], [1, 1], [2, 3], [1, 1], [0, 0, 0, 0])],
  ["7×2 with a wide border", groupedShape([1, 6, 5], [2, 4, 1], [7, 2], [1, 2], [1, 1], [6, 3, 6, 3])],
  ["more columns than a block", groupedShape([1, 3, 523], [2, 1, 2], [2, 3], [1, 1], [1, 1], [0, 2, 1, 0])],
  ["a filter larger than the scratch", groupedShape([1, 27, 31], [2, 33, 9], [21, 23], [1, 1], [1, 1], [2, 0, 1, 3])],
  ["empty batch", groupedShape([0, 5, 6], [3, 3, 4], [3, 3], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["empty output", groupedShape([1, 2, 6], [3, 3, 4], [3, 3], [1, 1], [1, 1], [0, 0, 0, 0])],
];

describe.each(BUILDS)("groupedConv2d, %s build", (build) => {
  test.each(cases)("%s", (name, shape) => {
    const random = randomFrom(name.length * 101 + shape.rows);
    const { batch, rows, columns, groups, channels, outChannels, filterRows, filterColumns } = shape;
    const input = normalValues(batch * rows * columns * channels, random);
    const filter = normalValues((filterRows * filterColumns * channels * outChannels) / groups, random);
    const bias = normalValues(outChannels, random);
    const gradient = normalValues(batch * shape.outRows * shape.outColumns * outChannels, random);
    const expected = groupedReference(shape, input, filter, gradient);
    const run = (inputs: Float32Array[], like: ArrayLike<number>, use: Parameters<typeof runKernels>[1]["use"]) =>
      runKernels(build, { inputs, outputs: [new Float32Array(like.length)], use })[0]!;

    const out = run([input, filter], expected.out, (host, [i, f], [o]) =>
      groupedConv2dKernel(host, { shape, input: i!, filter: f!, out: o! }),
    );
    expectCloseTo(out, expected.out);
    const activated = expected.out.map((value, index) => {
      const sum = value + bias[index % outChannels]!;
      return sum < 0 ? sum * 0.3 : sum;
    });
    const fused = run([input, filter, bias], activated, (host, [i, f, b], [o]) =>
      groupedConv2dKernel(host, {
        shape,
        input: i!,
        filter: f!,
        out: o!,
        bias: b!,
        activation: "leakyRelu",
        alpha: 0.3,
      }),
    );
    expectCloseTo(fused, activated);
    const inputGradient = run([gradient, filter], expected.inputGradient, (host, [g, f], [o]) =>
      groupedConv2dInputGradient(host, { shape, gradient: g!, filter: f!, out: o! }),
    );
    expectCloseTo(inputGradient, expected.inputGradient);
    const filterGradient = run([input, gradient], expected.filterGradient, (host, [i, g], [o]) =>
      groupedConv2dFilterGradient(host, { shape, input: i!, gradient: g!, out: o! }),
    );
    expectCloseTo(filterGradient, expected.filterGradient);
  });
});

/** To 1e-5 of the largest: sums of thousands of products in float32. */
function expectCloseTo(found: ArrayLike<number>, expected: Float64Array): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < found.length; k++) {
    if (!(Math.abs(found[k]! - expected[k]!) <= 1e-5 * largest)) {
      throw new Error(`[${k}] must be near ${expected[k]}; received ${found[k]}.`);
    }
  }
}

describe("groupedConv2d, the operation", () => {
  const grouped = (options: GroupedConv2dOptions) => (x: tf.Tensor, filter: tf.Tensor, bias?: tf.Tensor) =>
    groupedConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { ...options, bias: bias as tf.Tensor1D | undefined });

  describe.each(["cpu", "simd"])("on %s", (backend) => {
    test.each(golden.cases)(
      "is that of torch: x $xShape, filter $filterShape, strides $strides, dilations $dilations, padding $padding",
      async (one) => {
        await tf.setBackend(backend);
        const before = tf.memory().numTensors;
        const { strides, dilations, padding } = one as unknown as Required<GroupedConv2dOptions>;
        const inputs = [
          tf.tensor(one.x, one.xShape),
          tf.tensor(one.filter, one.filterShape),
          tf.tensor(one.bias, [one.bias.length]),
        ];
        const gradient = tf.tensor(one.gradient, one.outShape);
        const convolve = grouped({ strides, dilations, padding });
        const out = convolve(inputs[0]!, inputs[1]!, inputs[2]);
        expect(out.shape).toEqual(one.outShape);
        expectCloseTo(out.dataSync(), Float64Array.from(one.out));
        const { value, grads } = tf.valueAndGrads((x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
          tf.sum(tf.mul(convolve(x, w, b), gradient)),
        )(inputs);
        for (const [k, name] of (["xGradient", "filterGradient", "biasGradient"] as const).entries()) {
          expect(grads[k]!.shape).toEqual(inputs[k]!.shape);
          expectCloseTo(grads[k]!.dataSync(), Float64Array.from(one[name]));
        }
        tf.dispose([...inputs, gradient, out, value, ...grads]);
        expect(tf.memory().numTensors).toBe(before);
      },
    );
  });

  test.each([
    [[2, 9, 8, 12], [3, 2, 4, 9], { padding: "same", strides: [2, 3] }],
    [[2, 9, 8, 12], [3, 2, 4, 9], { padding: "valid", dilations: [2, 3] }],
    [[1, 7, 6, 5], [3, 4, 1, 10], { padding: 2, dilations: 2 }],
    [
      [1, 7, 6, 5],
      [3, 4, 1, 10],
      {
        padding: [
          [2, 0],
          [1, 3],
        ],
        strides: 2,
      },
    ],
    [
      [2, 8, 7, 6],
      [3, 2, 6, 4],
      {
        padding: [
          [0, 2],
          [3, 1],
        ],
        dilations: [1, 2],
      },
    ],
    [[1, 9, 8, 6], [3, 2, 6, 4], { strides: [2, 1], dilations: [1, 2] }],
    [[1, 6, 9, 64], [3, 3, 2, 32], { padding: "same" }],
    [[0, 6, 9, 6], [3, 3, 2, 9], { padding: "same" }],
  ] as [number[], number[], GroupedConv2dOptions][])(
    "x %j, filter %j, %j is on simd what it is on cpu",
    async (x, filter, options) => {
      const inputs = [numbers(x, 1), numbers(filter, 2), numbers([filter[3]!], 3)];
      await expectConformance(inputs, grouped(options), { relative: 1e-5 });
      await expectConformance(inputs, gradients(grouped(options)), { relative: 1e-5 });
      // Without bias, and with the gradient of one input alone.
      await expectConformance(inputs.slice(0, 2), gradients(grouped(options)), { relative: 1e-5 });
      const ofFilter = (image: tf.Tensor, weights: tf.Tensor) =>
        tf.grad((w) => tf.sum(tf.square(grouped(options)(image, w))))(weights);
      await expectConformance(inputs.slice(0, 2), ofFilter, { relative: 1e-5 });
    },
  );

  test("goes through the kernels on simd", async () => {
    await tf.setBackend("simd");
    const kernelsOf = (filter: number[], dilations: number): string[] => {
      resetSimdProfile();
      const [x, w] = [tf.ones([1, 8, 8, 6]), tf.ones(filter)];
      tf.dispose([tf.grads((a, b) => tf.sum(grouped({ dilations })(a, b)))([x, w]), x, w]);
      return simdProfile()
        .map(({ kernel, where }) => `${kernel} ${where}`)
        .filter((name) => name.includes("onv"))
        .sort();
    };
    const own = ["", "BackpropFilter", "BackpropInput"];
    expect(kernelsOf([3, 3, 2, 6], 1)).toEqual(own.map((name) => `SimdGroupedConv2D${name} wasm`));
    expect(kernelsOf([3, 3, 1, 6], 2)).toEqual(own.map((name) => `SimdGroupedConv2D${name} wasm`));
    expect(kernelsOf([3, 3, 6, 6], 2)).toEqual(own.map((name) => `Conv2D${name} wasm`));
    expect(kernelsOf([3, 3, 1, 6], 1)).toEqual(own.map((name) => `DepthwiseConv2dNative${name} wasm`));
  });

  const x = (shape: number[] = [2, 5, 6, 12]) => tf.zeros<tf.Rank.R4>(shape as [number, number, number, number]);
  const filter = (shape: number[] = [3, 2, 4, 9]) => tf.zeros<tf.Rank.R4>(shape as [number, number, number, number]);
  test.each([
    [() => groupedConv2d([1] as never, filter()), "x must be a tensor; received [1]."],
    [
      () => groupedConv2d(x([5, 6, 12]), filter()),
      "x must have 4 axes (batch, rows, columns, channels); received [5, 6, 12].",
    ],
    [
      () => groupedConv2d(x(), filter([3, 4, 9])),
      "filter must have 4 axes (rows, columns, channels / groups, outChannels); received [3, 4, 9].",
    ],
    [() => groupedConv2d(tf.cast(x(), "int32"), filter()), 'x must have dtype float32; received "int32".'],
    [() => groupedConv2d(x(), filter([0, 2, 4, 9])), "filter must have at least one tap; received [0, 2, 4, 9]."],
    [
      () => groupedConv2d(x(), filter([3, 2, 5, 9])),
      "filter must have a third axis that divides the 12 channels of x; received [3, 2, 5, 9].",
    ],
    [
      () => groupedConv2d(x(), filter([3, 2, 4, 8])),
      "filter must have a last axis that is a positive multiple of the 3 groups; received [3, 2, 4, 8].",
    ],
    [
      () => groupedConv2d(x(), filter(), { dilations: 3 }),
      "x must have at least 7 rows and 4 columns for this filter; received [2, 5, 6, 12].",
    ],
    [() => groupedConv2d(x(), filter(), { bias: tf.zeros([8]) }), "bias must have shape [9]; received [8]."],
    [
      () => groupedConv2d(x(), filter(), { bias: tf.scalar(1) as never }),
      "bias must have 1 axis (outChannels); received [].",
    ],
    [() => groupedConv2d(x(), filter(), { strides: 0 }), "strides must be an integer ≥ 1; received 0."],
    [
      () => groupedConv2d(x(), filter(), { strides: [1] as never }),
      "strides must be a number or a pair [rows, columns]; received [1].",
    ],
    [() => groupedConv2d(x(), filter(), { dilations: [1, 1.5] }), "dilations must be an integer ≥ 1; received 1.5."],
    [() => groupedConv2d(x(), filter(), { padding: -1 }), "padding must be an integer ≥ 0; received -1."],
    [
      () =>
        groupedConv2d(x(), filter(), {
          padding: [
            [0, 1],
            [-2, 0],
          ],
        }),
      "padding must be an integer ≥ 0; received -2.",
    ],
    [
      () => groupedConv2d(x(), filter(), { padding: "full" as never }),
      'padding must be "same", "valid", a number or [[top, bottom], [left, right]]; received "full".',
    ],
    [
      () => groupedConv2d(x(), filter(), { pad: "same" } as never),
      'options must have only the keys strides, padding, dilations, bias; received "pad".',
    ],
  ])("refuses what does not fit: case %#", async (call, message) => {
    await tf.setBackend("cpu");
    expect(() => tf.tidy(call)).toThrow(`groupedConv2d: ${message}`);
  });
});

test("has the same bits on one thread and on two", async () => {
  const shape = groupedShape([2, 33, 41], [9, 4, 5], [3, 3], [2, 1], [1, 1], [1, 1, 1, 0]);
  const random = randomFrom(3);
  const input = normalValues(2 * 33 * 41 * shape.channels, random);
  const filter = normalValues(9 * 4 * shape.outChannels, random);
  const gradient = normalValues(2 * shape.outRows * shape.outColumns * shape.outChannels, random);
  const results: Buffer[][] = [];
  for (const threads of [1, 2]) {
    const runtime = await createRuntime({ threads });
    try {
      expect(runtime.threads).toBe(threads);
      const kernels = await Kernels.load(runtime, false, undefined);
      const place = (values: Float32Array): number => {
        const pointer = kernels.allocate(values.byteLength);
        runtime.heap.f32(pointer, values.length).set(values);
        return pointer;
      };
      const [i, f, g] = [place(input), place(filter), place(gradient)];
      const lengths = [gradient.length, input.length, filter.length];
      const outs = lengths.map((length) => place(new Float32Array(length)));
      groupedConv2dKernel(kernels, { shape, input: i, filter: f, out: outs[0]! });
      groupedConv2dInputGradient(kernels, { shape, gradient: g, filter: f, out: outs[1]! });
      groupedConv2dFilterGradient(kernels, { shape, input: i, gradient: g, out: outs[2]! });
      results.push(outs.map((pointer, k) => Buffer.from(runtime.heap.f32(pointer, lengths[k]!).slice().buffer)));
    } finally {
      await runtime.close();
    }
  }
  for (const k of [0, 1, 2]) expect(Buffer.compare(results[0]![k]!, results[1]![k]!)).toBe(0);
});
