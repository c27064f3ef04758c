import { beforeAll, describe, expect, test } from "vitest";
import { logSoftmax, type ReductionName, reduce, softmax, sumAll } from "../src/kernels/reduce/simd.js";
import { BUILDS, expectNear, expectSame, normalValues, prepareKernels, randomFrom, runKernels } from "./fakeHost.js";

beforeAll(prepareKernels);

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** As tfjs's cpu backend, in float64. */
function reference(
  op: ReductionName,
  x: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float64Array {
  const groups = Array.from({ length: sizeOf(shape.filter((_, axis) => !axes.includes(axis))) }, () => [] as number[]);
  x.forEach((value, index) => {
    let [rest, at, stride] = [index, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (!axes.includes(axis)) {
        at += (rest % shape[axis]!) * stride;
        stride *= shape[axis]!;
      }
      rest = Math.floor(rest / shape[axis]!);
    }
    groups[at]!.push(value);
  });
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const extreme = (values: number[], better: (a: number, b: number) => boolean) =>
    values.reduce(
      (best, value) => (Number.isNaN(value) || better(value, best) ? value : best),
      values[0] ?? Number.NaN,
    );
  return Float64Array.from(groups, (values) => {
    if (op === "sum") return sum(values);
    if (op === "mean") return values.length === 0 ? 0 : sum(values) / values.length;
    if (op === "prod") return values.reduce((product, value) => product * value, 1);
    return extreme(values, op === "max" ? (a, b) => a > b : (a, b) => a < b);
  });
}

function runReduce(
  build: string,
  op: ReductionName,
  x: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array {
  const length = sizeOf(shape.filter((_, axis) => !axes.includes(axis)));
  return runKernels(build, {
    inputs: [x],
    outputs: [new Float32Array(length)],
    use: (host, [from], [out]) => reduce(host, { op, x: from!, shape, axes, out: out! }),
  })[0] as Float32Array;
}

const CASES: [number[], number[]][] = [
  [[], []],
  [[1], [0]],
  [[3], [0]],
  [[5], [0]],
  [[17], [0]],
  [[1001], [0]],
  [[300007], [0]],
  [[17], []],
  [[5, 7], [1]],
  [[5, 7], [0]],
  [[700, 3], [1]],
  [[7001, 3], [0]],
  [[90001, 5], [0]],
  [[40001, 2], [0]],
  [[2, 3001, 7], [1]],
  [[100, 16], [0]],
  [[333, 17], [0]],
  [[2000, 130], [0]],
  [[70, 1100], [0]],
  [
    [3, 40, 50],
    [0, 2],
  ],
  [
    [3, 4, 5, 6],
    [0, 2],
  ],
  [
    [3, 4, 5, 6],
    [1, 3],
  ],
  [
    [3, 4, 5, 6],
    [0, 1, 2],
  ],
  [
    [2, 3, 2, 3, 2, 3],
    [0, 2, 4],
  ],
  [
    [2, 3, 2, 3, 2, 3],
    [1, 3, 5],
  ],
  [
    [2, 1, 5, 1, 3],
    [0, 1, 4],
  ],
  [
    [4, 33, 21, 5],
    [0, 1, 2],
  ],
  [[0, 3], [0]],
  [[3, 0], [0]],
  [[0], [0]],
];

describe.each(BUILDS)("reduce, %s build", (build) => {
  test.each(CASES)("shape [%s] over [%s]", (shape, axes) => {
    const random = randomFrom(sizeOf(shape) + 13);
    const x = normalValues(sizeOf(shape), random, 0.3);
    const magnitude = Math.max(1, ...reference("sum", x.map(Math.abs), shape, axes));
    for (const op of ["sum", "mean"] as const) {
      const scale = op === "sum" ? magnitude : 1;
      expectNear(runReduce(build, op, x, shape, axes), reference(op, x, shape, axes), 1e-7, 3e-7 * scale, op);
    }
    for (const op of ["max", "min"] as const) {
      expectSame(runReduce(build, op, x, shape, axes), Float32Array.from(reference(op, x, shape, axes)), op);
    }
    const near = x.map((value) => 1 + 0.01 * value);
    expectNear(runReduce(build, "prod", near, shape, axes), reference("prod", near, shape, axes), 3e-7, 1e-44, "prod");
  });

  test("a million equal numbers", () => {
    for (const value of [0.1, 1 / 3, 1, 1e-3, 16777215]) {
      const x = new Float32Array(1_000_000).fill(value);
      const expected = [Math.fround(value) * x.length];
      const [sum] = runKernels(build, {
        inputs: [x],
        outputs: [new Float32Array(1)],
        use: (host, [from], [out]) => sumAll(host, { x: from!, length: x.length, out: out! }),
      });
      expectNear(sum!, expected, 3e-7);
      for (const columns of [1, 5, 20, 1000]) {
        const sums = runReduce(build, "sum", x, [x.length / columns, columns], [0]);
        expectNear(
          sums,
          sums.map(() => expected[0]! / columns),
          6e-7,
        );
      }
      expectNear(runReduce(build, "mean", x, [10, 100, 1000], [0, 2]), new Float32Array(100).fill(value), 1e-6);
    }
  });

  test("NaN and infinities", () => {
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const [rows, columns] of [
      [3, 90],
      [90, 3],
      [40, 40],
    ] as const) {
      for (const axes of [[0], [1]]) {
        for (const values of [special.slice(0, 1), special.slice(1, 2), special.slice(2), special.slice(1), special]) {
          const x = normalValues(rows * columns, randomFrom(3));
          values.forEach((value, k) => {
            x[columns + k] = value;
          });
          for (const op of ["sum", "mean", "max", "min", "prod"] as const) {
            const found = runReduce(build, op, x, [rows, columns], axes);
            const expected = reference(op, x, [rows, columns], axes);
            found.forEach((value, k) => {
              if (!Number.isFinite(expected[k])) expect(value).toBe(expected[k]);
              else expect(Number.isFinite(value)).toBe(true);
            });
          }
        }
      }
    }
    expectSame(runReduce(build, "max", new Float32Array(20).fill(Number.NEGATIVE_INFINITY), [20], [0]), [
      Number.NEGATIVE_INFINITY,
    ]);
    expectSame(runReduce(build, "min", new Float32Array(70).fill(Number.POSITIVE_INFINITY), [70], [0]), [
      Number.POSITIVE_INFINITY,
    ]);
  });

  test("a product leaves the range of float32 in between only", () => {
    const x = Float32Array.from({ length: 400 }, (_, k) => (k % 2 === 0 ? 1e30 : 1e-30));
    const expected = x.reduce((product, value) => product * value, 1);
    const half = Float32Array.from({ length: 8 }, (_, k) => (k < 4 ? 1e30 : 1e-30));
    expectNear(runReduce(build, "prod", x, [400], [0]), [expected], 1e-6);
    expectNear(runReduce(build, "prod", half, [8, 1], [0]), [1], 1e-6);
  });

  test.each([
    [1, 1],
    [3, 1],
    [7, 2],
    [1000, 3],
    [5, 5],
    [200, 10],
    [5000, 10],
    [17, 17],
    [3, 1001],
    [0, 4],
    [4, 0],
  ])("softmax and logSoftmax of %i rows of %i", (rows, columns) => {
    const random = randomFrom(rows * 7 + columns);
    for (const [center, sigma] of [
      [0, 1],
      [500, 30],
      [-1e5, 3],
    ] as const) {
      const x = normalValues(rows * columns, random, center, sigma);
      const [soft, log] = [new Float64Array(x.length), new Float64Array(x.length)];
      for (let row = 0; row < rows; row++) {
        const values = [...x.subarray(row * columns, (row + 1) * columns)];
        const most = Math.max(...values);
        const sum = values.reduce((total, value) => total + Math.exp(value - most), 0);
        values.forEach((value, k) => {
          soft[row * columns + k] = Math.exp(value - most) / sum;
          log[row * columns + k] = value - most - Math.log(sum);
        });
      }
      for (const inPlace of [false, true]) {
        const run = (f: typeof softmax) =>
          runKernels(build, {
            inputs: [x],
            changed: inPlace ? [0] : [],
            outputs: inPlace ? [] : [x],
            use: (host, [from], [out]) => f(host, { x: from!, out: out ?? from!, rows, columns }),
          })[0]!;
        expectNear(run(softmax), soft, 8e-7);
        expectNear(run(logSoftmax), log, 4e-7, 1e-12);
      }
    }
  });

  test("softmax of NaN and infinities", () => {
    const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
    const x = Float32Array.of(1, nan, 2, 3, 4, -inf, 0, 0, 0, 0, inf, 0, 0, 0, 0, -inf, -inf, -inf, -inf, -inf);
    const [out] = runKernels(build, {
      inputs: [x],
      outputs: [x],
      use: (host, [from], [to]) => softmax(host, { x: from!, out: to!, rows: 4, columns: 5 }),
    });
    const [log] = runKernels(build, {
      inputs: [x],
      outputs: [x],
      use: (host, [from], [to]) => logSoftmax(host, { x: from!, out: to!, rows: 4, columns: 5 }),
    });
    expectNear(log!, [...out!].map(Math.log), 2e-7);
    const nans = (count: number) => new Array(count).fill(nan);
    expectSame(out!, [...nans(5), 0, 0.25, 0.25, 0.25, 0.25, ...nans(10)]);
  });
});
