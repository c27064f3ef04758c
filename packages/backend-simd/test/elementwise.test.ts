import { beforeAll, describe, expect, test } from "vitest";
import {
  addN,
  type BinaryName,
  binary,
  type ComparisonName,
  select,
  type UnaryName,
  unary,
} from "../src/kernels/elementwise/simd.js";
import {
  BUILDS,
  expectNear,
  expectSame,
  kernelCalls,
  normalValues,
  prepareKernels,
  randomFrom,
  runKernels,
} from "./fakeHost.js";

beforeAll(prepareKernels);

const ALPHA = 0.3;
const [LOW, HIGH] = [-1.5, 2.25];
const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

/** The definitions of tfjs's cpu backend; softplus without its cuts at ±13.9, which are off by 4.4e-7. */
const UNARY: Record<UnaryName, (x: number) => number> = {
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(Math.max(0, x), 6),
  leakyRelu: (x) => (x < 0 ? Math.fround(ALPHA) * x : x),
  elu: (x) => (x >= 0 ? x : Math.expm1(x)),
  selu: (x) => (x >= 0 ? SELU_SCALE * x : SELU_SCALE_ALPHA * Math.expm1(x)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: (x) => Math.tanh(x),
  exp: (x) => Math.exp(x),
  log: (x) => Math.log(x),
  sqrt: (x) => Math.sqrt(x),
  rsqrt: (x) => 1 / Math.sqrt(x),
  square: (x) => x * x,
  abs: (x) => Math.abs(x),
  neg: (x) => -1 * x,
  reciprocal: (x) => 1 / x,
  step: (x) => (Number.isNaN(x) ? Number.NaN : x > 0 ? 1 : Math.fround(ALPHA)),
  sign: (x) => (x < 0 ? -1 : x > 0 ? 1 : 0),
  floor: (x) => Math.floor(x),
  ceil: (x) => Math.ceil(x),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  clip: (x) => Math.min(HIGH, Math.max(LOW, x)),
};
const UNARY_NAMES = Object.keys(UNARY) as UnaryName[];
/** Relative errors; the others are exact. */
const BOUNDS: Partial<Record<UnaryName, number>> = {
  ...{ elu: 4e-7, selu: 4e-7, sigmoid: 4e-7, tanh: 4e-7, exp: 4e-7, log: 4e-7, softplus: 4e-7, rsqrt: 1.3e-7 },
};

const [INF, NAN] = [Number.POSITIVE_INFINITY, Number.NaN];
/** Where the mantissas of the logarithm are cut. */
const ROOT = Math.fround(Math.SQRT1_2);
const SPECIAL = Float32Array.of(
  ...[NAN, INF, -INF, 0, -0, 1, -1, 1.4e-45, -1.4e-45, 1e-40, -1e-40, 1.1754944e-38, 3.4e38, -3.4e38],
  ...[0.5, -0.5, 1.5, 2.5, -2.5, 88.72283, 88.8, 90, 89.5, -87.4, -90, -103, -103.97, -104, -110, 1000, -1000],
  ...[
    6,
    6.5,
    0.625,
    -0.625,
    ROOT,
    ROOT + 2 ** -24,
    2 * ROOT,
    2 * ROOT + 2 ** -23,
    1 + 2 ** -23,
    1 - 2 ** -24,
    13.9,
    -13.9,
    14,
  ],
);

function unaryValues(build: string, op: UnaryName, x: Float32Array, inPlace = false): Float32Array {
  const parameters = op === "clip" ? { alpha: LOW, beta: HIGH } : { alpha: ALPHA };
  const [out] = runKernels(build, {
    inputs: [x],
    changed: inPlace ? [0] : [],
    outputs: inPlace ? [] : [x],
    use: (host, [from], [to]) => unary(host, { op, x: from!, out: to ?? from!, length: x.length, ...parameters }),
  });
  return out as Float32Array;
}

function expectUnary(op: UnaryName, found: Float32Array, x: Float32Array): number {
  const expected = Float64Array.from(x, (value) => UNARY[op](value));
  const bound = BOUNDS[op];
  if (bound === undefined) {
    expectSame(found, Float32Array.from(expected), op);
    return 0;
  }
  return expectNear(found, expected, bound, 1.5e-45, op);
}

describe.each(BUILDS)("unary, %s build", (build) => {
  test.each(UNARY_NAMES)("%s of special values, lengths and many numbers", (op) => {
    expectUnary(op, unaryValues(build, op, SPECIAL), SPECIAL);
    const random = randomFrom(7);
    for (const length of [0, 1, 2, 3, 4, 5, 17, 1001, 40003]) {
      const x = normalValues(length, random, 0, 3);
      expectUnary(op, unaryValues(build, op, x), x);
    }
    const x = normalValues(1003, random, 0, 3);
    expectSame(unaryValues(build, op, x, true), unaryValues(build, op, x));
  });

  test("errors stay below 4e-7 over the whole range of floats", () => {
    const random = randomFrom(3);
    // All exponents and signs alike, and numbers of usual sizes.
    const bits = Uint32Array.from({ length: 300_000 }, () => random() * 2 ** 32);
    const wide = new Float32Array(bits.buffer).filter((value) => !Number.isNaN(value));
    const usual = Float32Array.from({ length: 400_000 }, (_, k) => (random() - 0.5) * [1, 4, 40, 220][k % 4]!);
    const nearOne = Float32Array.from({ length: 50_000 }, () => 1 + (random() - 0.5) * 0.02);
    const worst = Object.keys(BOUNDS).map((op) => {
      const errors = [wide, usual, nearOne].map((x) =>
        expectUnary(op as UnaryName, unaryValues(build, op as UnaryName, x), x),
      );
      return [op, Math.max(...errors).toExponential(2)];
    });
    if (process.env["DDL_PRINT_ERRORS"]) console.log(build, worst.join("  "));
  });
});

test("exp, sigmoid and tanh are monotonic where it is seen", () => {
  const x = Float32Array.from({ length: 20_001 }, (_, k) => (k - 10_000) / 100);
  for (const op of ["exp", "sigmoid", "tanh"] as const) {
    const y = unaryValues("plain", op, x);
    expect(y.every((value, k) => k === 0 || value >= y[k - 1]!)).toBe(true);
  }
});

/** The definitions of tfjs's cpu backend and of the gradients in tfjs-core. */
const BINARY: Record<BinaryName | ComparisonName, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  realDiv: (a, b) => a / b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  squaredDifference: (a, b) => (a - b) * (a - b),
  prelu: (a, b) => (a < 0 ? b * a : a),
  eluGradient: (dy, y) => (y >= 0 ? dy : dy * (y + 1)),
  reluGradient: (dy, x) => dy * (Number.isNaN(x) ? Number.NaN : x > 0 ? 1 : 0),
  relu6Gradient: (dy, x) => dy * ((x <= 6 ? 1 : 0) * (Number.isNaN(x) ? Number.NaN : x > 0 ? 1 : 0)),
  leakyReluGradient: (dy, x) => (x > 0 ? dy : dy * Math.fround(ALPHA)),
  sigmoidGradient: (dy, y) => dy * Math.fround(y * Math.fround(1 - y)),
  tanhGradient: (dy, y) => Math.fround(1 - Math.fround(y * y)) * dy,
  pow: (a, b) => a ** b,
  equal: (a, b) => (a === b ? 1 : 0),
  notEqual: (a, b) => (a !== b ? 1 : 0),
  less: (a, b) => (a < b ? 1 : 0),
  lessEqual: (a, b) => (a <= b ? 1 : 0),
  greater: (a, b) => (a > b ? 1 : 0),
  greaterEqual: (a, b) => (a >= b ? 1 : 0),
};
const BINARY_NAMES = Object.keys(BINARY) as (BinaryName | ComparisonName)[];
const COMPARISONS = new Set<string>(["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"]);
/** Several roundings; the others have one, as in float64 rounded once. */
const LOOSE = new Set<string>(["squaredDifference", "eluGradient", "sigmoidGradient", "tanhGradient", "pow"]);

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [m, n] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return m === 1 ? n : m;
  });
}

/** Index into an operand of shape `shape` of element `index` of the result. */
function operandIndex(index: number, shape: readonly number[], outShape: readonly number[]): number {
  let [result, stride, rest] = [0, 1, index];
  for (let axis = outShape.length - 1; axis >= 0; axis--) {
    const at = rest % outShape[axis]!;
    rest = Math.floor(rest / outShape[axis]!);
    const size = shape[axis - outShape.length + shape.length] ?? 1;
    if (size !== 1) result += at * stride;
    stride *= size;
  }
  return result;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function expectBinary(
  build: string,
  op: BinaryName | ComparisonName,
  a: Float32Array,
  aShape: readonly number[],
  b: Float32Array,
  bShape: readonly number[],
): void {
  const outShape = broadcastShape(aShape, bShape);
  const expected = Float64Array.from({ length: sizeOf(outShape) }, (_, index) =>
    BINARY[op](a[operandIndex(index, aShape, outShape)]!, b[operandIndex(index, bShape, outShape)]!),
  );
  const template = COMPARISONS.has(op) ? new Uint8Array(expected.length) : new Float32Array(expected.length);
  const run = (changed: number[]) =>
    runKernels(build, {
      inputs: [a, b],
      changed,
      outputs: changed.length > 0 ? [] : [template],
      use: (host, inputs, [out]) =>
        binary(host, {
          op,
          a: inputs[0]!,
          b: inputs[1]!,
          out: out ?? inputs[changed[0]!]!,
          aShape,
          bShape,
          alpha: ALPHA,
        }),
    })[0]!;
  const found = run([]);
  const what = `${op} [${aShape}] [${bShape}]`;
  if (LOOSE.has(op)) expectNear(found, expected, 3e-7, 3e-7, what);
  else expectSame(found, Float32Array.from(expected), what);
  if (COMPARISONS.has(op)) return;
  if (a.length === expected.length) expectSame(run([0]), found, `${what} in place of a`);
  if (b.length === expected.length) expectSame(run([1]), found, `${what} in place of b`);
}

const SHAPES: [number[], number[]][] = [
  [[0], [0]],
  [[3, 0], [1]],
  [[], []],
  [[1], [3]],
  [[5], []],
  [[], [17]],
  [[1003], [1003]],
  [[1003], [1]],
  [[9001], [9001]],
  [[50_001], [50_001]],
  [[], [50_001]],
  [
    [40, 3, 50, 7],
    [3, 1, 7],
  ],
  [[7, 3], [3]],
  [[3], [7, 3]],
  [[701, 5], [5]],
  [[2001, 17], [17]],
  [[17], [301, 17]],
  [[31, 100], [100]],
  [
    [7, 5],
    [7, 1],
  ],
  [
    [7, 1],
    [7, 5],
  ],
  [
    [900, 3],
    [900, 1],
  ],
  [
    [11, 130],
    [11, 1],
  ],
  [
    [13, 1],
    [1, 7],
  ],
  [
    [1, 7],
    [13, 1],
  ],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [
    [2, 3, 4],
    [2, 1, 4],
  ],
  [
    [2, 1, 4],
    [1, 3, 1],
  ],
  [
    [3, 1, 5, 1, 2, 1],
    [1, 4, 1, 2, 1, 3],
  ],
  [
    [2, 3, 2, 3, 2, 5],
    [2, 1, 2, 1, 2, 1],
  ],
  [
    [2, 3, 2, 3, 2, 5],
    [1, 3, 1, 3, 1, 5],
  ],
  [
    [1, 1, 6],
    [2, 1, 1],
  ],
];

describe.each(BUILDS)("binary, %s build", (build) => {
  test.each(BINARY_NAMES)("%s with all kinds of broadcasting", (op) => {
    const random = randomFrom(op.length);
    for (const [aShape, bShape] of SHAPES) {
      // Few different numbers, so that some are equal; positive bases for pow.
      const value = () => (Math.round(random() * 40) - 20) / 8;
      const a = Float32Array.from({ length: sizeOf(aShape) }, () => (op === "pow" ? Math.abs(value()) : value()));
      const b = Float32Array.from({ length: sizeOf(bShape) }, value);
      expectBinary(build, op, a, aShape, b, bShape);
    }
  });

  test.each(BINARY_NAMES.filter((name) => name !== "pow"))("%s of special values", (op) => {
    const special = Float32Array.of(NAN, INF, -INF, 0, -0, 1, -1, 1e-40, -3e38, 6, 7);
    const n = special.length;
    expectBinary(build, op, special, [n, 1], special, [n]);
    const a = Float32Array.from({ length: n * n }, (_, k) => special[k % n]!);
    const b = Float32Array.from({ length: n * n }, (_, k) => special[Math.floor(k / n)]!);
    expectBinary(build, op, a, [n * n], b, [n * n]);
  });

  test("pow is JavaScript's", () => {
    const special = Float32Array.of(
      ...[
        NAN,
        INF,
        -INF,
        0,
        -0,
        1,
        -1,
        0.5,
        -0.5,
        2,
        -2,
        3,
        -3,
        0.1,
        -0.1,
        1e-40,
        3e38,
        -3e38,
        16777217,
        16777215,
        -7.5,
        127,
      ],
    );
    const n = special.length;
    const [out] = runKernels(build, {
      inputs: [special, special],
      outputs: [new Float32Array(n * n)],
      use: (host, [a, b], [to]) => binary(host, { op: "pow", a: a!, b: b!, out: to!, aShape: [n, 1], bShape: [n] }),
    });
    const expected = Float64Array.from({ length: n * n }, (_, k) => special[Math.floor(k / n)]! ** special[k % n]!);
    expectNear(out!, expected, 6.1e-8);
    out!.forEach((value, k) => {
      expect(1 / Math.sign(value)).toBe(1 / Math.sign(Math.fround(expected[k]!)));
    });
  });

  test("short rows go the short way and others do not", () => {
    const calls = (aShape: number[], bShape: number[]) =>
      kernelCalls(build, {
        inputs: [new Float32Array(sizeOf(aShape)), new Float32Array(sizeOf(bShape))],
        outputs: [new Float32Array(sizeOf(broadcastShape(aShape, bShape)))],
        use: (host, [a, b], [out]) => binary(host, { op: "add", a: a!, b: b!, out: out!, aShape, bShape }),
      });
    expect(calls([7, 3], [3])).toEqual(["binaryShortRows"]);
    expect(calls([7, 1], [7, 3])).toEqual(["binaryShortRows"]);
    expect(calls([7, 100], [100])).toEqual(["binaryMap"]);
    expect(calls([7, 1], [3])).toEqual(["binaryMap"]);
  });
});

test("binary names shapes that do not fit", () => {
  expect(() => binary({} as never, { op: "add", a: 0, b: 0, out: 0, aShape: [2, 3], bShape: [2] })).toThrow(
    "binary: shapes must be broadcastable; received [2,3] and [2].",
  );
});

describe.each(BUILDS)("addN and select, %s build", (build) => {
  test.each([1, 2, 3, 8, 9, 17])("addN of %i", (count) => {
    for (const length of [0, 1, 3, 5, 17, 1030, 30011]) {
      const random = randomFrom(count + length);
      const inputs = Array.from({ length: count }, () => normalValues(length, random));
      if (length > 3) for (const values of inputs) values[2] = -0;
      if (length > 3) inputs[0]![1] = NAN;
      const expected = new Float32Array(length);
      for (const values of inputs)
        values.forEach((value, k) => {
          expected[k]! += value;
        });
      const [out] = runKernels(build, {
        inputs,
        outputs: [expected],
        use: (host, from, [to]) => addN(host, { inputs: from, out: to!, length }),
      });
      expectSame(out!, expected);
      const [inPlace] = runKernels(build, {
        inputs,
        changed: [Math.min(count - 1, 2)],
        outputs: [],
        use: (host, from) => addN(host, { inputs: from, out: from[Math.min(count - 1, 2)]!, length }),
      });
      expectSame(inPlace!, expected);
    }
  });

  test.each([0, 1, 3, 5, 17, 1001, 60007])("select, %i elements", (length) => {
    const random = randomFrom(length + 1);
    const condition = Uint8Array.from({ length }, () => (random() < 0.5 ? 1 : 0));
    const [a, b] = [normalValues(length, random), normalValues(length, random)];
    const expected = a.map((value, k) => (condition[k] === 1 ? value : b[k]!));
    const run = (inPlace: boolean) =>
      runKernels(build, {
        inputs: [condition, a, b],
        changed: inPlace ? [2] : [],
        outputs: inPlace ? [] : [a],
        use: (host, [c, t, e], [out]) => select(host, { condition: c!, a: t!, b: e!, out: out ?? e!, length }),
      })[0]!;
    expectSame(run(false), expected);
    expectSame(run(true), expected);
  });
});
