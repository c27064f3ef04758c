import { chunkItems, type KernelHost } from "../kernelHost.js";

/** Bytes of an element: 4 for float32 and int32, 1 for bool. */
export type ElementBytes = 1 | 4;

/** An axis of a copy; steps in elements, which may be zero or negative. */
interface CopyAxis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Addresses in bytes. */
export interface CopyArguments {
  readonly from: number;
  readonly to: number;
  readonly bytes: ElementBytes;
  /** Outermost first. */
  readonly axes: readonly CopyAxis[];
}

/** Longest run of one item, in bytes. */
const PIECE_BYTES = 1 << 15;
/** A copied vector takes as long as about so many multiply-adds. */
const WORK_PER_BYTE = 1;
/** Axes that a kernel takes. */
const MOST_AXES = 6;

/** Copies elements, each axis with its own steps on both sides. The two must not overlap. */
export function copy(host: KernelHost, { from, to, bytes, axes }: CopyArguments): void {
  if (axes.some(({ size }) => size === 0)) return;
  const joined = joinAxes(axes);
  const last = joined.at(-1) ?? { size: 1, from: 1, to: 1 };
  const rows = joined.findIndex((axis, index) => axis.from === 1 && index < joined.length - 1);
  // Rows of the target are columns of the source: whole blocks, as both sides are read and written line by line.
  const transposed =
    bytes === 4 && rows >= 0 && last.to === 1 && last.from !== 1 && last.size >= 4 && joined[rows]!.size >= 4;
  if (joined.length > MOST_AXES) {
    const [first, ...rest] = joined;
    for (let k = 0; k < first!.size; k++) {
      copy(host, { from: from + k * first!.from * bytes, to: to + k * first!.to * bytes, bytes, axes: rest });
    }
  } else if (transposed) {
    const outer = joined.filter((_, index) => index !== rows && index !== joined.length - 1);
    copyTransposed(host, { from, to, bytes, axes: outer }, joined[rows]!, last);
  } else {
    const outer = joined.slice(0, -1);
    while (outer.length < MOST_AXES - 1) outer.unshift({ size: 1, from: 0, to: 0 });
    const piece = Math.min(last.size, PIECE_BYTES / bytes);
    const pieces = Math.ceil(last.size / piece);
    const items = outer.reduce((product, { size }) => product * size, 1) * pieces;
    // Single elements take as long as vectors.
    const isRun = last.from === 1 && last.to === 1;
    const { perChunk, chunks } = chunkItems(items, piece * (isRun ? bytes * WORK_PER_BYTE : 8) + 16);
    host.parallelFor("copyStrided", chunks, [
      ...[from, to, bytes, last.size, last.from * bytes, last.to * bytes, piece, pieces],
      ...outer.map(({ size }) => size),
      ...outer.map((axis) => axis.from * bytes),
      ...outer.map((axis) => axis.to * bytes),
      ...[items, perChunk],
    ]);
  }
}

function copyTransposed(host: KernelHost, { from, to, axes }: CopyArguments, rows: CopyAxis, columns: CopyAxis): void {
  const outer = [...axes];
  while (outer.length < MOST_AXES - 2) outer.unshift({ size: 1, from: 0, to: 0 });
  const planes = outer.reduce((product, { size }) => product * size, 1);
  const items = planes * Math.ceil(rows.size / 16);
  const { perChunk, chunks } = chunkItems(items, Math.min(rows.size, 16) * columns.size * 6);
  host.parallelFor("copyTransposed", chunks, [
    ...[from, to, rows.size, columns.size, columns.from * 4, rows.to * 4],
    ...outer.map(({ size }) => size),
    ...outer.map((axis) => axis.from * 4),
    ...outer.map((axis) => axis.to * 4),
    ...[items, perChunk],
  ]);
}

/** Leaves axes of size 1 out and makes neighbours one where both sides allow it. */
function joinAxes(axes: readonly CopyAxis[]): CopyAxis[] {
  const joined: CopyAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const before = joined.at(-1);
    if (before !== undefined && before.from === axis.from * axis.size && before.to === axis.to * axis.size) {
      joined[joined.length - 1] = { size: before.size * axis.size, from: axis.from, to: axis.to };
    } else {
      joined.push(axis);
    }
  }
  return joined;
}

/** Elements by which each axis of a dense array moves. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** What the functions below have in common: dense arrays at byte addresses, `x` of shape `shape`. */
interface DenseArguments {
  readonly x: number;
  readonly out: number;
  readonly bytes: ElementBytes;
  readonly shape: readonly number[];
}

/** Axis k of the result is axis permutation[k] of x. */
export function transpose(
  host: KernelHost,
  { x, out, bytes, shape, permutation }: DenseArguments & { readonly permutation: readonly number[] },
): void {
  const strides = stridesOf(shape);
  const to = stridesOf(permutation.map((axis) => shape[axis]!));
  const axes = permutation.map((axis, k) => ({ size: shape[axis]!, from: strides[axis]!, to: to[k]! }));
  copy(host, { from: x, to: out, bytes, axes });
}

/** Where a slice begins, and the size of the result. */
export interface SliceArguments extends DenseArguments {
  readonly begin: readonly number[];
  readonly size: readonly number[];
  /** Steps along each axis, negative ones backwards. Default 1. */
  readonly strides?: readonly number[] | undefined;
}

/** out[i, j, …] = x[begin + i * stride, …]; nothing is checked. */
export function slice(host: KernelHost, { x, out, bytes, shape, begin, size, strides }: SliceArguments): void {
  const from = stridesOf(shape);
  const to = stridesOf(size);
  const start = begin.reduce((sum, index, axis) => sum + index * from[axis]!, 0);
  const axes = size.map((length, axis) => ({
    size: length,
    from: from[axis]! * (strides?.[axis] ?? 1),
    to: to[axis]!,
  }));
  copy(host, { from: x + start * bytes, to: out, bytes, axes });
}

/** Reverses the order along some axes. */
export function reverse(
  host: KernelHost,
  { x, out, bytes, shape, axes }: DenseArguments & { readonly axes: readonly number[] },
): void {
  const begin = shape.map((size, axis) => (axes.includes(axis) ? size - 1 : 0));
  const strides = shape.map((_, axis) => (axes.includes(axis) ? -1 : 1));
  slice(host, { x, out, bytes, shape, begin, size: shape, strides });
}

/** How a number is stored: in 4 bytes as float or integer, or in one. */
export type ElementType = "float32" | "int32" | "bool";

/** Elements before and behind each axis, and their value. */
export interface PadArguments extends Omit<DenseArguments, "bytes"> {
  readonly paddings: readonly (readonly [number, number])[];
  readonly value: number;
  readonly type: ElementType;
}

/** Surrounds x with a constant. */
export function pad(host: KernelHost, { x, out, shape, paddings, value, type }: PadArguments): void {
  const size = shape.map((length, axis) => paddings[axis]![0] + length + paddings[axis]![1]);
  if (paddings.some(([before, after]) => before + after > 0)) fill(host, { out, length: sizeOf(size), value, type });
  const bytes = type === "bool" ? 1 : 4;
  const from = stridesOf(shape);
  const to = stridesOf(size);
  const start = paddings.reduce((sum, [before], axis) => sum + before * to[axis]!, 0);
  const axes = shape.map((length, axis) => ({ size: length, from: from[axis]!, to: to[axis]! }));
  copy(host, { from: x, to: out + start * bytes, bytes, axes });
}

/** Arrays that differ in size along one axis only. */
export interface ConcatArguments {
  readonly inputs: readonly { readonly x: number; readonly shape: readonly number[] }[];
  readonly axis: number;
  readonly out: number;
  readonly bytes: ElementBytes;
}

/** Joins arrays along an axis. */
export function concat(host: KernelHost, { inputs, axis, out, bytes }: ConcatArguments): void {
  const rows = inputs.map(({ shape }) => sizeOf(shape.slice(axis)));
  const stride = rows.reduce((sum, length) => sum + length, 0);
  const [a, b, ...others] = inputs;
  if (b !== undefined && others.length === 0 && bytes === 4 && stride <= PAIR_LIMIT) {
    const count = sizeOf(a!.shape.slice(0, axis));
    copyPairs(host, true, { a: a!.x, aLength: rows[0]!, b: b.x, bLength: rows[1]!, joined: out, count });
    return;
  }
  let offset = 0;
  inputs.forEach(({ x, shape }, index) => {
    const length = rows[index]!;
    const axes = [
      { size: sizeOf(shape.slice(0, axis)), from: length, to: stride },
      { size: length, from: 1, to: 1 },
    ];
    copy(host, { from: x, to: out + offset * bytes, bytes, axes });
    offset += length;
  });
}

/** Addresses in bytes of an array and its two parts along an axis, of 4-byte elements; both parts of all rows before that axis. */
export interface SplitPairArguments {
  readonly x: number;
  readonly shape: readonly number[];
  readonly axis: number;
  /** Size of the first part along the axis. */
  readonly size: number;
  readonly first: number;
  readonly second: number;
}

/** Divides an array in two along an axis. */
export function splitPair(host: KernelHost, { x, shape, axis, size, first, second }: SplitPairArguments): void {
  const inner = sizeOf(shape.slice(axis + 1));
  const [aLength, bLength] = [size * inner, (shape[axis]! - size) * inner];
  const count = sizeOf(shape.slice(0, axis));
  if (aLength + bLength <= PAIR_LIMIT) {
    copyPairs(host, false, { a: first, aLength, b: second, bLength, joined: x, count });
    return;
  }
  const begin = shape.map(() => 0);
  const part = (length: number) => shape.map((whole, k) => (k === axis ? length : whole));
  slice(host, { x, out: first, bytes: 4, shape, begin, size: part(size) });
  begin[axis] = size;
  slice(host, { x, out: second, bytes: 4, shape, begin, size: part(shape[axis]! - size) });
}

/** Longest row, in elements, that is copied whole beside another. */
const PAIR_LIMIT = 1 << 13;

function copyPairs(
  host: KernelHost,
  joining: boolean,
  pair: { a: number; aLength: number; b: number; bLength: number; joined: number; count: number },
): void {
  const { a, aLength, b, bLength, joined, count } = pair;
  const length = aLength + bLength;
  if (count * length === 0) return;
  const { perChunk, chunks } = chunkItems(count, length * 4 * WORK_PER_BYTE + 16);
  const words = [joining ? 1 : 0, a, aLength * 4, b, bLength * 4, joined, count, perChunk];
  host.parallelFor("copyPairs", chunks, words);
}

/** Repeats an array along each axis. */
export function tile(
  host: KernelHost,
  { x, out, bytes, shape, repeats }: DenseArguments & { readonly repeats: readonly number[] },
): void {
  const from = stridesOf(shape);
  const to = stridesOf(shape.map((size, axis) => size * repeats[axis]!));
  const axes = shape.flatMap((size, axis) => [
    { size: repeats[axis]!, from: 0, to: to[axis]! * size },
    { size, from: from[axis]!, to: to[axis]! },
  ]);
  copy(host, { from: x, to: out, bytes, axes });
}

/** Addresses in bytes; x is (batch, outer, size, inner), indices (batch, count), out (batch, outer, count, inner). */
export interface GatherArguments {
  readonly x: number;
  /** int32. */
  readonly indices: number;
  readonly out: number;
  readonly bytes: ElementBytes;
  /** Default 1. */
  readonly batch?: number | undefined;
  readonly outer: number;
  readonly size: number;
  readonly count: number;
  readonly inner: number;
}

/** Takes rows by their index; zeros where it is outside. */
export function gather(host: KernelHost, args: GatherArguments): void {
  const { x, indices, out, bytes, batch = 1, outer, size, count, inner } = args;
  const items = batch * outer * count;
  if (items * inner === 0) return;
  const { perChunk, chunks } = chunkItems(items, inner * bytes * WORK_PER_BYTE + 16);
  host.parallelFor("gatherRows", chunks, [x, indices, out, outer, size, count, inner * bytes, items, perChunk]);
}

/** Where a value goes, and how it is stored. */
export interface FillArguments {
  readonly out: number;
  readonly length: number;
  readonly value: number;
  readonly type: ElementType;
}

/** Sets all elements to a value. */
export function fill(host: KernelHost, { out, length, value, type }: FillArguments): void {
  if (length === 0) return;
  const pattern = patternOf(value, type);
  const bytes = length * (type === "bool" ? 1 : 4);
  const { perChunk, chunks } = chunkItems(Math.ceil(bytes / 256), 128);
  host.parallelFor("fillPattern", chunks, [out, bytes, pattern, perChunk * 256]);
}

function patternOf(value: number, type: ElementType): number {
  if (type === "float32") return new Int32Array(Float32Array.of(value).buffer)[0]!;
  return type === "int32" ? value | 0 : (value & 255) * 0x01010101;
}

/** Addresses in bytes: x is (rows, columns) floats, ids are int32, out is (segments, columns). */
export interface SegmentSumArguments {
  readonly x: number;
  readonly ids: number;
  readonly out: number;
  readonly rows: number;
  readonly columns: number;
  readonly segments: number;
}

/** Adds the rows of each segment, in their order; ids outside are ignored. */
export function unsortedSegmentSum(host: KernelHost, args: SegmentSumArguments): void {
  const { x, ids, out, rows, columns, segments } = args;
  if (columns * segments === 0) return;
  const columnsPerItem = Math.min(columns, 64);
  const columnBlocks = Math.ceil(columns / columnsPerItem);
  // Every item looks at all ids: the segments are divided only while that is little of its work.
  const segmentBlocks = Math.max(
    1,
    Math.min(segments, 8, Math.floor(columnsPerItem / 4), Math.ceil(16 / columnBlocks)),
  );
  const segmentsPerItem = Math.ceil(segments / segmentBlocks);
  const items = Math.ceil(segments / segmentsPerItem) * columnBlocks;
  const work = rows * 4 + ((rows + segments) * columnsPerItem) / segmentBlocks;
  const { perChunk, chunks } = chunkItems(items, work);
  const sizes = [rows, columns, segments, segmentsPerItem, columnsPerItem, perChunk, items];
  host.parallelFor("segmentSums", chunks, [x, ids, out, ...sizes]);
}

const CASTS = {
  "float32 int32": 0,
  "float32 bool": 1,
  "int32 float32": 2,
  "int32 bool": 3,
  "bool float32": 4,
  "bool int32": 5,
} as const;

/** Addresses in bytes; the types differ, and the arrays do not overlap. */
export interface CastArguments {
  readonly x: number;
  readonly out: number;
  readonly length: number;
  readonly from: ElementType;
  readonly to: ElementType;
}

/** Converts as tfjs does: to int32 as JavaScript, modulo 2^32 and 0 for NaN; to bool 1 for all but zero. */
export function cast(host: KernelHost, { x, out, length, from, to }: CastArguments): void {
  const code = CASTS[`${from} ${to}` as keyof typeof CASTS];
  if (code === undefined)
    throw new RangeError(`cast: from and to must be different types; received ${from} and ${to}.`);
  if (length === 0) return;
  const { perChunk, chunks } = chunkItems(Math.ceil(length / 64), 64 * 5);
  host.parallelFor("castElements", chunks, [code, x, out, length, perChunk * 64]);
}
