import { beforeAll, describe, expect, test } from "vitest";
import {
  averagePool2d,
  averagePool2dGradient,
  maxPool2d,
  maxPool2dGradient,
  type Pool2dShape,
} from "../src/kernels/pool2d/simd.js";
import { BUILDS, expectNear, expectSame, normalValues, prepareKernels, randomFrom, runKernels } from "./fakeHost.js";

beforeAll(prepareKernels);

/** Sizes as in the call: image, filter, stride, dilation, padding (top, left, bottom, right). */
function poolShape(
  [batch, rows, columns, channels]: [number, number, number, number],
  [filterRows, filterColumns]: [number, number],
  [strideRows, strideColumns]: [number, number],
  [dilationRows, dilationColumns]: [number, number] = [1, 1],
  [padTop, padLeft, padBottom, padRight]: [number, number, number, number] = [0, 0, 0, 0],
): Pool2dShape {
  const size = (length: number, pads: number, taps: number, dilation: number, stride: number) =>
    Math.floor((length + pads - (taps - 1) * dilation - 1) / stride) + 1;
  return {
    ...{ batch, rows, columns, channels, filterRows, filterColumns, strideRows, strideColumns },
    ...{ dilationRows, dilationColumns, padTop, padLeft },
    outRows: size(rows, padTop + padBottom, filterRows, dilationRows, strideRows),
    outColumns: size(columns, padLeft + padRight, filterColumns, dilationColumns, strideColumns),
  };
}

const CASES: [string, Pool2dShape][] = [
  ["one pixel", poolShape([1, 1, 1, 1], [1, 1], [1, 1])],
  ["2×2", poolShape([2, 8, 6, 5], [2, 2], [2, 2])],
  ["2×2, odd sizes, same padding", poolShape([1, 7, 9, 16], [2, 2], [2, 2], [1, 1], [0, 0, 1, 1])],
  ["2×2, many channels", poolShape([1, 6, 4, 67], [2, 2], [2, 2])],
  ["2×2, large", poolShape([2, 90, 70, 20], [2, 2], [2, 2])],
  ["3×3 stride 2, padded", poolShape([2, 11, 8, 17], [3, 3], [2, 2], [1, 1], [1, 1, 1, 1])],
  ["3×3 stride 1", poolShape([1, 9, 7, 3], [3, 3], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["3×2 stride 1×3", poolShape([3, 10, 11, 4], [3, 2], [1, 3], [1, 1], [2, 0, 1, 1])],
  ["stride larger than the window", poolShape([1, 11, 13, 6], [2, 1], [3, 4])],
  ["dilated", poolShape([2, 12, 11, 7], [3, 2], [1, 2], [2, 3])],
  ["dilated and padded", poolShape([1, 9, 10, 18], [3, 3], [2, 1], [2, 3], [3, 4, 2, 5])],
  ["the whole image", poolShape([2, 7, 5, 33], [7, 5], [1, 1])],
  ["wide border: windows wholly outside", poolShape([1, 3, 4, 5], [2, 2], [1, 1], [1, 1], [3, 2, 3, 4])],
  ["empty batch", poolShape([0, 4, 4, 3], [2, 2], [2, 2])],
  ["no output", poolShape([1, 1, 4, 3], [2, 2], [2, 2])],
];

/** The windows of tfjs's cpu backend: calls `use` for each output with the taps inside, row by row. */
function forEachWindow(s: Pool2dShape, use: (out: number, taps: number[]) => void): void {
  for (let n = 0; n < s.batch; n++) {
    for (let r = 0; r < s.outRows; r++) {
      for (let c = 0; c < s.outColumns; c++) {
        for (let d = 0; d < s.channels; d++) {
          const taps: number[] = [];
          for (let i = 0; i < s.filterRows; i++) {
            for (let j = 0; j < s.filterColumns; j++) {
              const y = r * s.strideRows - s.padTop + i * s.dilationRows;
              const x = c * s.strideColumns - s.padLeft + j * s.dilationColumns;
              if (y < 0 || x < 0 || y >= s.rows || x >= s.columns) continue;
              taps.push(((n * s.rows + y) * s.columns + x) * s.channels + d);
            }
          }
          use(((n * s.outRows + r) * s.outColumns + c) * s.channels + d, taps);
        }
      }
    }
  }
}

function reference(s: Pool2dShape, x: Float32Array, dy: Float32Array) {
  const largest = new Float64Array(dy.length);
  const average = new Float64Array(dy.length);
  const [maxGradient, window, inside] = [0, 1, 2].map(() => new Float64Array(x.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  forEachWindow(s, (out, taps) => {
    let [best, position, sum] = [Number.NEGATIVE_INFINITY, -1, 0];
    for (const tap of taps) {
      if (x[tap]! > best) [best, position] = [x[tap]!, tap];
      sum += x[tap]!;
      window[tap]! += dy[out]! / (s.filterRows * s.filterColumns);
      inside[tap]! += dy[out]! / taps.length;
    }
    largest[out] = best;
    average[out] = sum / taps.length;
    if (position >= 0) maxGradient[position]! += dy[out]!;
  });
  return { largest, average, maxGradient, window, inside };
}

function expectPools(build: string, shape: Pool2dShape, x: Float32Array, dy: Float32Array): void {
  const expected = reference(shape, x, dy);
  const forward = (f: typeof maxPool2d) =>
    runKernels(build, {
      inputs: [x],
      outputs: [dy],
      use: (host, [px], [out]) => f(host, { shape, x: px!, out: out! }),
    })[0]!;
  expectSame(forward(maxPool2d), Float32Array.from(expected.largest), "maxPool2d");
  expectNear(forward(averagePool2d), expected.average, 3e-7, 3e-7, "averagePool2d");
  const [maxGradient] = runKernels(build, {
    inputs: [x, dy],
    outputs: [x],
    use: (host, [px, gradient], [out]) => maxPool2dGradient(host, { shape, x: px!, gradient: gradient!, out: out! }),
  });
  expectNear(maxGradient!, expected.maxGradient, 3e-7, 1e-6, "maxPool2dGradient");
  for (const divideBy of ["window", "inside"] as const) {
    const [gradient] = runKernels(build, {
      inputs: [dy],
      outputs: [x],
      use: (host, [g], [out]) => averagePool2dGradient(host, { shape, gradient: g!, out: out!, divideBy }),
    });
    expectNear(gradient!, expected[divideBy], 5e-7, 1e-6, `averagePool2dGradient, ${divideBy}`);
  }
}

describe.each(BUILDS)("pool2d, %s build", (build) => {
  test.each(CASES)("%s", (name, shape) => {
    const random = randomFrom(name.length * 7 + shape.rows);
    const length = shape.batch * shape.rows * shape.columns * shape.channels;
    const dy = normalValues(shape.batch * shape.outRows * shape.outColumns * shape.channels, random);
    expectPools(build, shape, normalValues(length, random), dy);
    // Few values, so that windows have several maxima.
    expectPools(
      build,
      shape,
      Float32Array.from({ length }, () => Math.floor(random() * 3)),
      dy,
    );
  });

  test.each([
    ["overlapping windows", poolShape([1, 9, 10, 19], [3, 2], [2, 2], [1, 1], [1, 0, 1, 0])],
    ["windows side by side", poolShape([1, 6, 10, 19], [2, 2], [2, 2])],
  ])("NaN and infinities, %s: passed over by the maximum, and they travel through the average", (_name, shape) => {
    const random = randomFrom(5);
    const length = shape.rows * 10 * 19;
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const x = Float32Array.from({ length }, () => (random() < 0.5 ? random() : special[Math.floor(random() * 3)]!));
    const out = shape.outRows * shape.outColumns * 19;
    expectPools(build, shape, x, normalValues(out, random));
    expectPools(build, shape, new Float32Array(length).fill(Number.NaN), normalValues(out, random));
    expectPools(build, shape, new Float32Array(length).fill(Number.NEGATIVE_INFINITY), normalValues(out, random));
    const dy = Float32Array.from({ length: out }, () =>
      random() < 0.8 ? random() : special[Math.floor(random() * 3)]!,
    );
    expectPools(build, shape, normalValues(length, random), dy);
  });
});

test("the fixtures hold windows wholly outside and several maxima", () => {
  let outside = 0;
  forEachWindow(
    CASES.find(([name]) => name.startsWith("wide"))![1],
    (_, taps) => (outside += taps.length === 0 ? 1 : 0),
  );
  expect(outside).toBeGreaterThan(0);
});
