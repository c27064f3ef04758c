import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { beforeAll, describe, expect, test } from "vitest";
import { type Conv2dShape, conv2d, conv2dFilterGradient, conv2dInputGradient } from "../src/kernels/conv2d/simd.js";
import {
  type DepthwiseConv2dShape,
  depthwiseConv2d,
  depthwiseConv2dFilterGradient,
  depthwiseConv2dInputGradient,
} from "../src/kernels/depthwiseConv2d/simd.js";
import type { ActivationName, KernelHost } from "../src/kernels/kernelHost.js";
import { type MatMulArguments, matMul } from "../src/kernels/matMul/simd.js";
import {
  winogradApplies,
  winogradConv2d,
  winogradConv2dFilterGradient,
  winogradConv2dInputGradient,
} from "../src/kernels/winograd/simd.js";

// Node 20 knows relaxed SIMD behind a flag, later versions without.
setFlagsFromString("--experimental-wasm-relaxed-simd");

const SCRATCH = 1 << 20;
const SCRATCH_BYTES = 12 << 20;
const HEAP = SCRATCH + SCRATCH_BYTES + 65536;
const CANARY = 64;
const CANARY_VALUE = 12345.5;

type Random = () => number;
type Kernel = (...args: number[]) => void;

/** Park–Miller: the tests' data are the same in every run. */
function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** One thread that takes the chunks in a random order, with NaN in its scratch before each. */
class ShuffledHost implements KernelHost {
  readonly floats: Float32Array<SharedArrayBuffer>;
  readonly #kernels: WebAssembly.Exports;
  readonly #random: Random;
  readonly #live = new Map<number, number>();
  #top = HEAP;

  constructor(build: string, seed: number) {
    const memory = new WebAssembly.Memory({ initial: 2048, maximum: 65536, shared: true });
    const bytes = readFileSync(wasmPath(build));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    this.floats = new Float32Array(memory.buffer as unknown as SharedArrayBuffer);
    this.#kernels = instance.exports;
    this.#random = randomFrom(seed);
  }

  parallelFor(kernel: string, chunks: number, args: readonly number[], scratchBytes = 0): void {
    const run = this.#kernels[kernel] as Kernel | undefined;
    if (run === undefined) throw new Error(`No kernel is named ${kernel}.`);
    expect(run.length).toBe(args.length + 2);
    expect(Number.isInteger(chunks) && chunks >= 1 && chunks <= 65534).toBe(true);
    expect(scratchBytes).toBeLessThanOrEqual(SCRATCH_BYTES);
    const order = Array.from({ length: chunks }, (_, chunk) => chunk);
    for (let i = chunks - 1; i > 0; i--) {
      const j = Math.floor(this.#random() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    const scratch = this.floats.subarray(SCRATCH / 4, (SCRATCH + scratchBytes) / 4 + CANARY);
    for (const chunk of order) {
      scratch.fill(Number.NaN, 0, scratchBytes / 4);
      scratch.fill(CANARY_VALUE, scratchBytes / 4);
      run(...args, chunk, SCRATCH);
      expectCanary(scratch.subarray(scratchBytes / 4), `scratch of ${kernel}`);
    }
  }

  allocate(bytes: number): number {
    const floats = Math.ceil(bytes / 4);
    const pointer = this.#top + 256;
    this.#top = pointer + Math.ceil(bytes / 64) * 64 + 256;
    if (this.#top > this.floats.byteLength) throw new Error("out of memory");
    this.#live.set(pointer, floats);
    const start = pointer / 4;
    this.floats.fill(CANARY_VALUE, start - CANARY, start);
    this.floats.fill(Number.NaN, start, start + floats);
    this.floats.fill(CANARY_VALUE, start + floats, start + floats + CANARY);
    return pointer;
  }

  free(pointer: number): void {
    const floats = this.#live.get(pointer);
    if (floats === undefined) throw new Error("freed twice");
    this.#live.delete(pointer);
    const start = pointer / 4;
    expectCanary(this.floats.subarray(start - CANARY, start), "before an allocation");
    expectCanary(this.floats.subarray(start + floats, start + floats + CANARY), "after an allocation");
    if (this.#live.size === 0) this.#top = HEAP;
  }

  put(values: Float32Array): number {
    const pointer = this.allocate(values.byteLength);
    this.floats.set(values, pointer / 4);
    return pointer;
  }

  get(pointer: number, length: number): Float32Array {
    return this.floats.slice(pointer / 4, pointer / 4 + length);
  }

  get blocks(): number {
    return this.#live.size;
  }
}

function expectCanary(values: Float32Array, place: string): void {
  const index = values.findIndex((value) => value !== CANARY_VALUE);
  if (index >= 0) throw new Error(`Overwritten ${place}, at float ${index}.`);
}

function wasmPath(build: string): string {
  return fileURLToPath(new URL(`../build/${build}.wasm`, import.meta.url));
}

function randomValues(length: number, random: Random): Float32Array {
  return Float32Array.from({ length }, () => random() * 2 - 1);
}

/**
 * Runs a kernel on copies of the inputs in the heap, twice with different orders of the chunks, and compares with the
 * float64 result: the tolerance is relative to the largest, before an activation clips it. Inputs, and the floats around
 * every block, must be untouched.
 */
function expectKernel(
  build: string,
  inputs: Float32Array[],
  expected: Float64Array,
  tolerance: number,
  run: (host: KernelHost, pointers: number[], out: number) => void,
  unclipped = expected,
): void {
  const results = [1, 2].map((seed) => {
    const host = hosts.get(`${build}${seed}`)!;
    const pointers = inputs.map((values) => host.put(values));
    const out = host.allocate(expected.length * 4);
    run(host, pointers, out);
    expect(host.blocks).toBe(inputs.length + 1);
    inputs.forEach((values, index) => {
      expect(Buffer.compare(bytesOf(host.get(pointers[index]!, values.length)), bytesOf(values))).toBe(0);
    });
    const result = host.get(out, expected.length);
    for (const pointer of [...pointers, out]) host.free(pointer);
    return result;
  });
  expect(Buffer.compare(bytesOf(results[0]!), bytesOf(results[1]!))).toBe(0);
  const largest = unclipped.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  let worst = 0;
  results[0]!.forEach((value, index) => {
    const difference = Math.abs(value - expected[index]!);
    if (!(difference <= worst)) worst = difference;
  });
  expect(worst / largest).toBeLessThan(tolerance);
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function activate(value: number, activation: ActivationName, alpha = 0.2): number {
  if (activation === "relu") return Math.max(value, 0);
  if (activation === "relu6") return Math.min(Math.max(value, 0), 6);
  if (activation === "leakyRelu") return value < 0 ? value * alpha : value;
  return value;
}

const ACTIVATIONS: ActivationName[] = ["none", "relu", "relu6", "leakyRelu"];
const hosts = new Map<string, ShuffledHost>();

beforeAll(async () => {
  if (!existsSync(wasmPath("plain")) || !existsSync(wasmPath("relaxed"))) {
    const { buildKernels } = await import("../scripts/build-kernels.mjs");
    await buildKernels();
  }
  for (const build of ["plain", "relaxed"]) {
    for (const seed of [1, 2]) hosts.set(`${build}${seed}`, new ShuffledHost(build, seed));
  }
});

test("the relaxed build fuses and the plain build does not", () => {
  // 1 + 2^-12 squared minus its rounding: zero unless the product keeps its last bits.
  const x = 1 + 2 ** -12;
  const result = (build: string) => {
    const host = hosts.get(`${build}1`)!;
    const a = host.put(Float32Array.of(1, x));
    const b = host.put(Float32Array.of(-Math.fround(x * x), x));
    const out = host.allocate(4);
    const shape = { batch: 1, aBatchStride: 0, bBatchStride: 0, rows: 1, columns: 1, inner: 2 };
    matMul(host, { a, b, out, ...shape, transposeA: false, transposeB: false });
    const [value] = host.get(out, 1);
    for (const pointer of [a, b, out]) host.free(pointer);
    return value;
  };
  expect(result("plain")).toBe(0);
  expect(result("relaxed")).toBe(x * x - Math.fround(x * x));
});

describe.each(["plain", "relaxed"])("matMul, %s build", (build) => {
  const sizes = [
    [1, 1, 1],
    [1, 8, 3],
    [5, 3, 7],
    [6, 8, 16],
    [7, 9, 17],
    [13, 17, 0],
    [37, 20, 64],
    [24, 36, 128],
    [50, 12, 32],
    [131, 29, 300],
    [250, 100, 5],
    [3, 300, 600],
    [1, 70, 33],
    [12, 4, 257],
    [0, 4, 3],
    [4, 0, 3],
  ] as const;
  test.each(sizes)("(%i × %i), inner %i", (rows, columns, inner) => {
    const random = randomFrom(rows * 977 + columns * 31 + inner + 1);
    let variant = 0;
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const batch = [1, 2, 3][variant % 3]!;
        const aBatchStride = variant % 4 === 2 ? 0 : rows * inner;
        const bBatchStride = variant % 4 === 1 ? 0 : inner * columns;
        const a = randomValues(aBatchStride === 0 ? rows * inner : batch * rows * inner, random);
        const b = randomValues(bBatchStride === 0 ? inner * columns : batch * inner * columns, random);
        const bias = randomValues(columns, random);
        const activation = ACTIVATIONS[variant % 4]!;
        const withBias = variant !== 0;
        const expected = new Float64Array(batch * rows * columns);
        for (let n = 0; n < batch; n++) {
          for (let i = 0; i < rows; i++) {
            for (let j = 0; j < columns; j++) {
              let sum = withBias ? bias[j]! : 0;
              for (let k = 0; k < inner; k++) {
                const left = a[n * aBatchStride + (transposeA ? k * rows + i : i * inner + k)]!;
                sum += left * b[n * bBatchStride + (transposeB ? j * inner + k : k * columns + j)]!;
              }
              expected[(n * rows + i) * columns + j] = activate(sum, activation);
            }
          }
        }
        const shape = { batch, aBatchStride, bBatchStride, rows, columns, inner, transposeA, transposeB };
        expectKernel(build, [a, b, bias], expected, 1e-5, (host, [pa, pb, pbias], out) => {
          const args: MatMulArguments = { a: pa!, b: pb!, out, ...shape, activation };
          matMul(host, withBias ? { ...args, bias: pbias! } : args);
        });
        variant++;
      }
    }
  });

  test("many small entries, and an empty batch", () => {
    const random = randomFrom(5);
    const [batch, rows, columns, inner] = [9000, 2, 3, 2];
    const a = randomValues(batch * rows * inner, random);
    const b = randomValues(batch * inner * columns, random);
    const expected = Float64Array.from({ length: batch * rows * columns }, (_, index) => {
      const [n, i, j] = [Math.floor(index / 6), Math.floor((index % 6) / 3), index % 3];
      return [0, 1].reduce((sum, k) => sum + a[(n * 2 + i) * 2 + k]! * b[(n * 2 + k) * 3 + j]!, 0);
    });
    const shape = { aBatchStride: 4, bBatchStride: 6, rows, columns, inner, transposeA: false, transposeB: false };
    expectKernel(build, [a, b], expected, 1e-5, (host, [pa, pb], out) =>
      matMul(host, { a: pa!, b: pb!, out, batch, ...shape }),
    );
    expectKernel(build, [a, b], new Float64Array(0), 1e-5, (host, [pa, pb], out) =>
      matMul(host, { a: pa!, b: pb!, out, batch: 0, ...shape }),
    );
  });

  test("NaN and infinity travel", () => {
    const host = hosts.get(`${build}1`)!;
    const a = host.put(Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 1, 2, 3));
    const b = host.put(Float32Array.of(1, 1));
    const out = host.allocate(12);
    const shape = { batch: 1, aBatchStride: 6, bBatchStride: 2, rows: 3, columns: 1, inner: 2 };
    matMul(host, { a, b, out, ...shape, transposeA: false, transposeB: false, activation: "relu" });
    expect([...host.get(out, 3)]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 5]);
    for (const pointer of [a, b, out]) host.free(pointer);
  });
});

interface Conv2dReference {
  readonly out: Float64Array;
  readonly inputGradient: Float64Array;
  readonly filterGradient: Float64Array;
}

/** Convolution and both gradients, as their definition says. */
function conv2dReference(
  s: Conv2dShape,
  input: Float32Array,
  filter: Float32Array,
  gradient: Float32Array,
): Conv2dReference {
  const out = new Float64Array(gradient.length);
  const inputGradient = new Float64Array(input.length);
  const filterGradient = new Float64Array(filter.length);
  for (let n = 0; n < s.batch; n++) {
    for (let y = 0; y < s.outRows; y++) {
      for (let x = 0; x < s.outColumns; x++) {
        const o = ((n * s.outRows + y) * s.outColumns + x) * s.outChannels;
        for (let i = 0; i < s.filterRows; i++) {
          for (let j = 0; j < s.filterColumns; j++) {
            const row = y * s.strideRows - s.padTop + i * s.dilationRows;
            const column = x * s.strideColumns - s.padLeft + j * s.dilationColumns;
            if (row < 0 || column < 0 || row >= s.rows || column >= s.columns) continue;
            for (let c = 0; c < s.channels; c++) {
              const p = ((n * s.rows + row) * s.columns + column) * s.channels + c;
              const f = ((i * s.filterColumns + j) * s.channels + c) * s.outChannels;
              for (let k = 0; k < s.outChannels; k++) {
                out[o + k]! += input[p]! * filter[f + k]!;
                inputGradient[p]! += gradient[o + k]! * filter[f + k]!;
                filterGradient[f + k]! += gradient[o + k]! * input[p]!;
              }
            }
          }
        }
      }
    }
  }
  return { out, inputGradient, filterGradient };
}

/** Sizes of a convolution, with the size of its output; pads are top, left, bottom, right. */
function conv2dShape(
  [batch, rows, columns, channels]: readonly number[],
  [filterRows, filterColumns, outChannels]: readonly number[],
  [strideRows, strideColumns]: readonly number[],
  [dilationRows, dilationColumns]: readonly number[],
  [padTop, padLeft, padBottom, padRight]: readonly number[],
): Conv2dShape {
  const size = (length: number, pads: number, taps: number, dilation: number, stride: number) =>
    Math.floor((length + pads - (taps - 1) * dilation - 1) / stride) + 1;
  return {
    ...{ batch: batch!, rows: rows!, columns: columns!, channels: channels!, outChannels: outChannels! },
    ...{ filterRows: filterRows!, filterColumns: filterColumns!, padTop: padTop!, padLeft: padLeft! },
    ...{ strideRows: strideRows!, strideColumns: strideColumns! },
    ...{ dilationRows: dilationRows!, dilationColumns: dilationColumns! },
    outRows: size(rows!, padTop! + padBottom!, filterRows!, dilationRows!, strideRows!),
    outColumns: size(columns!, padLeft! + padRight!, filterColumns!, dilationColumns!, strideColumns!),
  };
}

const CONV2D_CASES: [string, Conv2dShape][] = [
  ["one pixel", conv2dShape([1, 1, 1, 1], [1, 1, 1], [1, 1], [1, 1], [0, 0, 0, 0])],
  ["pointwise", conv2dShape([2, 7, 5, 17], [1, 1, 24], [1, 1], [1, 1], [0, 0, 0, 0])],
  ["pointwise, padded", conv2dShape([1, 4, 5, 3], [1, 1, 5], [1, 1], [1, 1], [1, 0, 0, 2])],
  ["pointwise, strided", conv2dShape([2, 9, 8, 5], [1, 1, 3], [2, 3], [1, 1], [0, 0, 0, 0])],
  ["3×3", conv2dShape([2, 9, 11, 3], [3, 3, 17], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["3×3, many channels", conv2dShape([1, 13, 9, 40], [3, 3, 24], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["3×3 of the first layer", conv2dShape([1, 40, 37, 1], [3, 3, 5], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["3×5 unequal strides", conv2dShape([2, 13, 10, 5], [3, 5, 24], [2, 3], [1, 1], [1, 2, 0, 1])],
  ["3×3 stride 2", conv2dShape([1, 16, 15, 24], [3, 3, 17], [2, 2], [1, 1], [0, 0, 1, 1])],
  ["3×3 dilated", conv2dShape([1, 12, 11, 8], [3, 3, 5], [1, 1], [2, 1], [2, 1, 2, 1])],
  ["stride and dilation share a factor", conv2dShape([1, 15, 13, 3], [4, 3, 9], [2, 3], [2, 2], [3, 1, 0, 2])],
  ["stride larger than the filter", conv2dShape([1, 11, 13, 3], [2, 1, 4], [3, 3], [1, 1], [0, 0, 0, 0])],
  ["4×4 patches", conv2dShape([2, 12, 8, 3], [4, 4, 24], [4, 4], [1, 1], [0, 0, 0, 0])],
  ["7×2 with a wide border", conv2dShape([1, 6, 5, 5], [7, 2, 1], [1, 2], [1, 1], [6, 3, 6, 3])],
  ["1×7 on one row", conv2dShape([3, 1, 19, 17], [1, 7, 3], [1, 1], [1, 2], [0, 5, 0, 6])],
  ["batch 3", conv2dShape([3, 5, 6, 12], [2, 3, 8], [1, 1], [1, 1], [1, 0, 0, 1])],
  ["many pixels", conv2dShape([1, 71, 67, 4], [2, 2, 3], [1, 1], [1, 1], [0, 0, 0, 0])],
  ["empty batch", conv2dShape([0, 5, 6, 3], [3, 3, 4], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["empty output", conv2dShape([1, 2, 6, 3], [3, 3, 4], [1, 1], [1, 1], [0, 0, 0, 0])],
];

describe.each(["plain", "relaxed"])("conv2d, %s build", (build) => {
  test.each(CONV2D_CASES)("%s", (name, shape) => {
    const random = randomFrom(name.length * 101 + shape.rows);
    const { batch, rows, columns, channels, outChannels } = shape;
    const input = randomValues(batch * rows * columns * channels, random);
    const filter = randomValues(shape.filterRows * shape.filterColumns * channels * outChannels, random);
    const bias = randomValues(outChannels, random);
    const gradient = randomValues(batch * shape.outRows * shape.outColumns * outChannels, random);
    const reference = conv2dReference(shape, input, filter, gradient);
    expectKernel(build, [input, filter], reference.out, 1e-5, (host, [i, f], out) =>
      conv2d(host, { shape, input: i!, filter: f!, out }),
    );
    const activation = ACTIVATIONS[name.length % 4]!;
    const activated = reference.out.map((value, index) =>
      activate(value + bias[index % outChannels]!, activation, 0.1),
    );
    expectKernel(build, [input, filter, bias], activated, 1e-5, (host, [i, f, b], out) =>
      conv2d(host, { shape, input: i!, filter: f!, out, bias: b!, activation, alpha: 0.1 }),
    );
    expectKernel(build, [gradient, filter], reference.inputGradient, 1e-5, (host, [g, f], out) =>
      conv2dInputGradient(host, { shape, gradient: g!, filter: f!, out }),
    );
    expectKernel(build, [input, gradient], reference.filterGradient, 1e-5, (host, [i, g], out) =>
      conv2dFilterGradient(host, { shape, input: i!, gradient: g!, out }),
    );
  });
});

const WINOGRAD_CASES: [string, Conv2dShape][] = [
  ["whole tiles", conv2dShape([2, 16, 12, 16], [3, 3, 24], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["tiles clipped below and at the right", conv2dShape([2, 13, 11, 24], [3, 3, 16], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["no padding", conv2dShape([1, 17, 12, 32], [3, 3, 24], [1, 1], [1, 1], [0, 0, 0, 0])],
  ["padding 2", conv2dShape([1, 9, 14, 16], [3, 3, 40], [1, 1], [1, 1], [2, 2, 2, 2])],
  ["asymmetric padding", conv2dShape([3, 10, 9, 16], [3, 3, 16], [1, 1], [1, 1], [2, 0, 0, 1])],
  ["more than one slab, many tiles", conv2dShape([1, 41, 46, 72], [3, 3, 16], [1, 1], [1, 1], [1, 1, 1, 1])],
  ["128 channels", conv2dShape([1, 8, 9, 128], [3, 3, 64], [1, 1], [1, 1], [1, 1, 1, 1])],
];

describe.each(["plain", "relaxed"])("Winograd, %s build", (build) => {
  test.each(WINOGRAD_CASES)("%s", (name, shape) => {
    expect(winogradApplies(shape)).toBe(true);
    const random = randomFrom(name.length * 7 + shape.rows);
    const { batch, rows, columns, channels, outChannels } = shape;
    const input = randomValues(batch * rows * columns * channels, random);
    const filter = randomValues(9 * channels * outChannels, random);
    const bias = randomValues(outChannels, random);
    const gradient = randomValues(batch * shape.outRows * shape.outColumns * outChannels, random);
    const reference = conv2dReference(shape, input, filter, gradient);
    const activation = ACTIVATIONS[name.length % 4]!;
    const activated = reference.out.map((value, index) =>
      activate(value + bias[index % outChannels]!, activation, 0.1),
    );
    expectKernel(build, [input, filter], reference.out, 2e-5, (host, [i, f], out) =>
      winogradConv2d(host, { shape, input: i!, filter: f!, out }),
    );
    const activating = (host: KernelHost, [i, f, b]: number[], out: number) =>
      winogradConv2d(host, { shape, input: i!, filter: f!, out, bias: b!, activation, alpha: 0.1 });
    expectKernel(build, [input, filter, bias], activated, 2e-5, activating, reference.out);
    expectKernel(build, [gradient, filter], reference.inputGradient, 2e-5, (host, [g, f], out) =>
      winogradConv2dInputGradient(host, { shape, gradient: g!, filter: f!, out }),
    );
    expectKernel(build, [input, gradient], reference.filterGradient, 2e-5, (host, [i, g], out) =>
      winogradConv2dFilterGradient(host, { shape, input: i!, gradient: g!, out }),
    );
  });
});

test("Winograd leaves other shapes to the direct kernels", () => {
  const applies = (change: Partial<Conv2dShape>) => winogradApplies({ ...WINOGRAD_CASES[0]![1], ...change });
  expect(applies({})).toBe(true);
  expect(applies({ strideRows: 2 })).toBe(false);
  expect(applies({ dilationColumns: 2 })).toBe(false);
  expect(applies({ filterRows: 1 })).toBe(false);
  expect(applies({ channels: 8 })).toBe(false);
  expect(applies({ outChannels: 20 })).toBe(false);
  expect(applies({ outColumns: 7 })).toBe(false);
  expect(applies({ padLeft: 3 })).toBe(false);
  expect(applies({ batch: 0 })).toBe(false);
});

/** Depthwise convolution and both gradients, as their definition says. */
function depthwiseReference(
  s: DepthwiseConv2dShape,
  input: Float32Array,
  filter: Float32Array,
  gradient: Float32Array,
): Conv2dReference {
  const out = new Float64Array(gradient.length);
  const inputGradient = new Float64Array(input.length);
  const filterGradient = new Float64Array(filter.length);
  for (let n = 0; n < s.batch; n++) {
    for (let y = 0; y < s.outRows; y++) {
      for (let x = 0; x < s.outColumns; x++) {
        for (let i = 0; i < s.filterRows; i++) {
          for (let j = 0; j < s.filterColumns; j++) {
            const row = y * s.strideRows - s.padTop + i * s.dilationRows;
            const column = x * s.strideColumns - s.padLeft + j * s.dilationColumns;
            if (row < 0 || column < 0 || row >= s.rows || column >= s.columns) continue;
            for (let c = 0; c < s.channels; c++) {
              for (let q = 0; q < s.multiplier; q++) {
                const p = ((n * s.rows + row) * s.columns + column) * s.channels + c;
                const f = ((i * s.filterColumns + j) * s.channels + c) * s.multiplier + q;
                const o = (((n * s.outRows + y) * s.outColumns + x) * s.channels + c) * s.multiplier + q;
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

describe.each(["plain", "relaxed"])("depthwiseConv2d, %s build", (build) => {
  const cases = CONV2D_CASES.flatMap(([name, shape]) => [1, 2, 3].map((multiplier) => ({ name, shape, multiplier })));
  test.each(cases)("$name, multiplier $multiplier", ({ name, shape: { outChannels: _, ...rest }, multiplier }) => {
    const shape = { ...rest, multiplier };
    const random = randomFrom(name.length * 13 + shape.rows + multiplier);
    const { batch, rows, columns, channels } = shape;
    const input = randomValues(batch * rows * columns * channels, random);
    const filter = randomValues(shape.filterRows * shape.filterColumns * channels * multiplier, random);
    const bias = randomValues(channels * multiplier, random);
    const gradient = randomValues(batch * shape.outRows * shape.outColumns * channels * multiplier, random);
    const reference = depthwiseReference(shape, input, filter, gradient);
    expectKernel(build, [input, filter], reference.out, 1e-5, (host, [i, f], out) =>
      depthwiseConv2d(host, { shape, input: i!, filter: f!, out }),
    );
    const activation = ACTIVATIONS[name.length % 4]!;
    const activated = reference.out.map((value, index) =>
      activate(value + bias[index % bias.length]!, activation, 0.1),
    );
    expectKernel(build, [input, filter, bias], activated, 1e-5, (host, [i, f, b], out) =>
      depthwiseConv2d(host, { shape, input: i!, filter: f!, out, bias: b!, activation, alpha: 0.1 }),
    );
    expectKernel(build, [gradient, filter], reference.inputGradient, 1e-5, (host, [g, f], out) =>
      depthwiseConv2dInputGradient(host, { shape, gradient: g!, filter: f!, out }),
    );
    expectKernel(build, [input, gradient], reference.filterGradient, 1e-5, (host, [i, g], out) =>
      depthwiseConv2dFilterGradient(host, { shape, input: i!, gradient: g!, out }),
    );
  });
});
