import { chunkItems, type KernelHost } from "../kernelHost.js";

const UNARY = {
  relu: 0,
  relu6: 1,
  leakyRelu: 2,
  elu: 3,
  selu: 4,
  sigmoid: 5,
  tanh: 6,
  exp: 7,
  log: 8,
  sqrt: 9,
  rsqrt: 10,
  square: 11,
  abs: 12,
  neg: 13,
  reciprocal: 14,
  step: 15,
  sign: 16,
  floor: 17,
  ceil: 18,
  softplus: 19,
  clip: 20,
} as const;

/** A function of one number. Those of exp and log are right to 4e-7 of the value; the others to a rounding or two. */
export type UnaryName = keyof typeof UNARY;

/** Functions that take some nanoseconds an element, not memory alone. */
const SLOW_UNARY: ReadonlySet<UnaryName> = new Set(["elu", "selu", "sigmoid", "tanh", "exp", "log", "softplus"]);

const BINARY = {
  add: 0,
  sub: 1,
  mul: 2,
  realDiv: 3,
  maximum: 4,
  minimum: 5,
  squaredDifference: 6,
  prelu: 7,
  eluGradient: 8,
  reluGradient: 9,
  relu6Gradient: 10,
  leakyReluGradient: 11,
  sigmoidGradient: 12,
  tanhGradient: 13,
  pow: 14,
} as const;

const COMPARISON = { equal: 32, notEqual: 33, less: 34, lessEqual: 35, greater: 36, greaterEqual: 37 } as const;

/**
 * A function of two numbers. Gradients take (dy, y) for elu, sigmoid and tanh, where y is the result, and (dy, x) for relu,
 * relu6 and leakyRelu.
 */
export type BinaryName = keyof typeof BINARY;

/** A comparison, with results in bytes, 1 for true. */
export type ComparisonName = keyof typeof COMPARISON;

/** Addresses in bytes. */
export interface UnaryArguments {
  readonly op: UnaryName;
  /** `length` floats. */
  readonly x: number;
  /** May be `x`. */
  readonly out: number;
  readonly length: number;
  /** leakyRelu: the slope below zero; step: the value there; clip: the least value. Default 0. */
  readonly alpha?: number;
  /** clip: the largest value. Default 0. */
  readonly beta?: number;
}

/** out = op(x). */
export function unary(host: KernelHost, { op, x, out, length, alpha = 0, beta = 0 }: UnaryArguments): void {
  if (length === 0) return;
  const { perChunk, chunks } = chunkItems(Math.ceil(length / 64), 64 * (SLOW_UNARY.has(op) ? 12 : 4));
  host.parallelFor("unaryMap", chunks, [UNARY[op], x, out, alpha, beta, length, perChunk * 64]);
}

/** Addresses in bytes; the shapes are broadcast against each other. */
export interface BinaryArguments {
  readonly op: BinaryName | ComparisonName;
  readonly a: number;
  readonly b: number;
  /** Floats, or bytes if `op` is a comparison. May be an operand that has the shape of the result, unless `op` is a comparison. */
  readonly out: number;
  readonly aShape: readonly number[];
  readonly bShape: readonly number[];
  /** leakyReluGradient: the slope below zero. Default 0. */
  readonly alpha?: number;
}

/** Rows shorter than this are put together. */
const SHORT_ROW = 64;
/** Floats, at least, of rows put together. */
const SHORT_ROWS_BLOCK = 256;
/** Longest part of a row that is one item: work of some microseconds. */
const PIECE = 4096;

/** out = op(a, b). At most six axes are left when neighbours that are broadcast alike are joined; else it throws. */
export function binary(host: KernelHost, args: BinaryArguments): void {
  const { op, a, b, out, alpha = 0 } = args;
  const axes = joinAxes(args.aShape, args.bShape);
  const length = axes.reduce((product, { size }) => product * size, 1);
  if (length === 0) return;
  const code = op in BINARY ? BINARY[op as BinaryName] : COMPARISON[op as ComparisonName];
  const work = op === "pow" ? 60 : 6;
  const [first, second] = axes;
  if (axes.length === 2 && second!.size < SHORT_ROW && isShort(first!, second!)) {
    const [rows, columns] = [first!.size, second!.size];
    // Whole vectors, so that a block ends at a multiple of 16 bytes.
    const rowsPerBlock = Math.ceil(SHORT_ROWS_BLOCK / columns / 4) * 4;
    const { perChunk, chunks } = chunkItems(Math.ceil(rows / rowsPerBlock), rowsPerBlock * columns * work);
    const swapped = first!.a === 0 || second!.a === 0;
    const column = second!.a === 0 || second!.b === 0;
    host.parallelFor(
      "binaryShortRows",
      chunks,
      [
        ...[code, swapped ? b : a, swapped ? a : b, out, alpha, swapped ? 1 : 0, column ? 1 : 0],
        ...[rows, columns, rowsPerBlock, perChunk * rowsPerBlock],
      ],
      rowsPerBlock * columns * 4,
    );
    return;
  }
  const inner = axes.at(-1) ?? { size: 1, a: 1, b: 1 };
  const outer = axes.slice(0, -1);
  if (outer.length > 5) throw new RangeError(`binary: at most 6 axes can be broadcast; received ${axes.length}.`);
  while (outer.length < 5) outer.unshift({ size: 1, a: 0, b: 0 });
  const piece = Math.min(inner.size, PIECE);
  const pieces = Math.ceil(inner.size / piece);
  const items = (length / inner.size) * pieces;
  const { perChunk, chunks } = chunkItems(items, piece * work + 32);
  host.parallelFor(
    "binaryMap",
    chunks,
    [
      ...[code, a, b, out, alpha, inner.size, inner.b === 0 ? 1 : inner.a === 0 ? 2 : 0, piece, pieces],
      ...outer.map(({ size }) => size),
      ...outer.map((axis) => axis.a * 4),
      ...outer.map((axis) => axis.b * 4),
      ...[items, perChunk],
    ],
    16,
  );
}

/** Size of an axis, and the floats by which each operand moves along it. */
interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
}

/** The axes of the result, where those of size 1 are left out and neighbours are one if both operands allow it. */
function joinAxes(aShape: readonly number[], bShape: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  let [aStride, bStride] = [1, 1];
  for (let k = 1; k <= Math.max(aShape.length, bShape.length); k++) {
    const aSize = aShape[aShape.length - k] ?? 1;
    const bSize = bShape[bShape.length - k] ?? 1;
    if (aSize !== bSize && aSize !== 1 && bSize !== 1) {
      throw new RangeError(`binary: shapes must be broadcastable; received [${aShape}] and [${bShape}].`);
    }
    const size = aSize === 1 ? bSize : aSize;
    const axis = { size, a: aSize === 1 ? 0 : aStride, b: bSize === 1 ? 0 : bStride };
    aStride *= aSize;
    bStride *= bSize;
    if (size === 1) continue;
    const inner = axes[0];
    if (inner !== undefined && axis.a === inner.a * inner.size && axis.b === inner.b * inner.size) {
      axes[0] = { size: size * inner.size, a: inner.a, b: inner.b };
    } else {
      axes.unshift(axis);
    }
  }
  return axes;
}

/** Whether one operand is a whole matrix and the other a row or a column. */
function isShort(rows: Axis, columns: Axis): boolean {
  const isMatrix = (row: number, column: number) => row === columns.size && column === 1;
  return (
    (isMatrix(rows.a, columns.a) || isMatrix(rows.b, columns.b)) && [rows.a, rows.b, columns.a, columns.b].includes(0)
  );
}

/** Addresses in bytes. */
export interface AddNArguments {
  /** At least one tensor of `length` floats. */
  readonly inputs: readonly number[];
  /** May be one of the first 8 inputs. */
  readonly out: number;
  readonly length: number;
}

/** Tensors that one pass adds. */
const ADDENDS = 8;

/** out = the sum of the inputs, added in their order. */
export function addN(host: KernelHost, { inputs, out, length }: AddNArguments): void {
  if (length === 0) return;
  const { perChunk, chunks } = chunkItems(Math.ceil(length / 1024), 1024 * (2 + 2 * Math.min(inputs.length, ADDENDS)));
  let addends = inputs.slice(0, ADDENDS);
  let next = ADDENDS;
  for (;;) {
    const pointers = Array.from({ length: ADDENDS }, (_, index) => addends[index] ?? 0);
    host.parallelFor("addTensors", chunks, [out, length, ...pointers, perChunk * 1024], 4096);
    if (next >= inputs.length) return;
    addends = [out, ...inputs.slice(next, next + ADDENDS - 1)];
    next += ADDENDS - 1;
  }
}

/** Addresses in bytes. */
export interface SelectArguments {
  /** A byte an element. */
  readonly condition: number;
  /** Taken where the condition is 1; 4 bytes an element. */
  readonly a: number;
  /** Taken elsewhere. */
  readonly b: number;
  /** May be `a` or `b`. */
  readonly out: number;
  readonly length: number;
}

/** out = condition ? a : b, all of the same shape. */
export function select(host: KernelHost, { condition, a, b, out, length }: SelectArguments): void {
  if (length === 0) return;
  const { perChunk, chunks } = chunkItems(Math.ceil(length / 64), 64 * 6);
  host.parallelFor("selectElements", chunks, [condition, a, b, out, length, perChunk * 64]);
}
