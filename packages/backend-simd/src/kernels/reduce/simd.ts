import { fill } from "../copy/simd.js";
import { chunkItems, type KernelHost, roundUp, withMemory } from "../kernelHost.js";

const CODES = { sum: 0, mean: 0, max: 1, min: 2, prod: 3 } as const;
/** Of no elements, as tfjs's cpu backend. */
const EMPTY = { sum: 0, mean: 0, max: Number.NaN, min: Number.NaN, prod: 1 } as const;

/** What becomes of the elements; NaN among them makes NaN of each. */
export type ReductionName = keyof typeof CODES;

/** Addresses in bytes. */
export interface ReduceArguments {
  readonly op: ReductionName;
  /** Floats of shape `shape`. */
  readonly x: number;
  readonly shape: readonly number[];
  /** Axes that vanish, from 0. */
  readonly axes: readonly number[];
  /** The remaining axes in their order. */
  readonly out: number;
}

/** Columns of one item: long enough runs for the memory. */
const ITEM_COLUMNS = 512;
/** Fewer columns than this take several rows together. */
const FEW_COLUMNS = 16;
/** Elements of a segment, at least. */
const SEGMENT = 1 << 15;
/** Items wanted when there are few results: enough for several threads to finish together. */
const WANTED_ITEMS = 32;

/**
 * Reduces over any axes. Sums are made in float64 but for the first few additions: their error is below 1e-6 of the sum of
 * magnitudes, whatever their length.
 */
export function reduce(host: KernelHost, { op, x, shape, axes, out }: ReduceArguments): void {
  const length = shape.reduce((product, size, axis) => (axes.includes(axis) ? product : product * size), 1);
  const reduced = shape.reduce((product, size, axis) => (axes.includes(axis) ? product * size : product), 1);
  if (length === 0) return;
  if (reduced === 0) {
    fill(host, { out, length, value: EMPTY[op], type: "float32" });
    return;
  }
  const code = CODES[op];
  const divisor = op === "mean" ? reduced : 1;
  const groups = groupAxes(shape, axes);
  const inner = groups.at(-1)?.reduced === false ? groups.pop()!.size : 1;
  reduceGroups(host, { code, x, groups, inner, out, divisor });
}

/** Sum of all elements; `out` is one float. */
export function sumAll(
  host: KernelHost,
  { x, length, out }: { readonly x: number; readonly length: number; readonly out: number },
): void {
  reduce(host, { op: "sum", x, shape: [length], axes: [0], out });
}

/** Neighbouring axes that are treated alike. */
interface Group {
  readonly size: number;
  readonly reduced: boolean;
}

function groupAxes(shape: readonly number[], axes: readonly number[]): Group[] {
  const groups: Group[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const reduced = axes.includes(axis);
    const before = groups.at(-1);
    if (before?.reduced === reduced) groups[groups.length - 1] = { size: before.size * size, reduced };
    else groups.push({ size, reduced });
  });
  return groups;
}

interface Grouped {
  readonly code: number;
  readonly x: number;
  /** The last one, if any, is reduced. */
  readonly groups: readonly Group[];
  readonly inner: number;
  readonly out: number;
  readonly divisor: number;
}

/** Reduces the innermost group, then the one before it, and so on. */
function reduceGroups(host: KernelHost, { code, x, groups, inner, out, divisor }: Grouped): void {
  const reduced = groups.at(-1)?.size ?? 1;
  const outer = groups.slice(0, -1).reduce((product, { size }) => product * size, 1);
  const before = groups.slice(0, -1);
  if (!before.some((group) => group.reduced)) {
    reduceMiddle(host, { code, x, outer, reduced, inner, out, divisor });
    return;
  }
  withMemory(host, outer * inner * 4, (between) => {
    reduceMiddle(host, { code, x, outer, reduced, inner, out: between, divisor: 1 });
    const kept = before.pop()!.size;
    reduceGroups(host, { code, x: between, groups: before, inner: kept * inner, out, divisor });
  });
}

interface Middle {
  readonly code: number;
  readonly x: number;
  readonly outer: number;
  readonly reduced: number;
  readonly inner: number;
  readonly out: number;
  readonly divisor: number;
}

function reduceMiddle(host: KernelHost, { code, x, outer, reduced, inner, out, divisor }: Middle): void {
  const repeat = inner > 1 && inner < FEW_COLUMNS ? 4 * Math.ceil(4 / inner) : 1;
  const columns = Math.min(inner, ITEM_COLUMNS);
  const columnBlocks = Math.ceil(inner / columns);
  // Divided by shape alone: the same sums for any number of threads.
  const wanted = Math.min(Math.ceil(WANTED_ITEMS / (outer * columnBlocks)), Math.ceil((reduced * columns) / SEGMENT));
  const segment = Math.min(reduced, roundUp(Math.ceil(reduced / Math.max(1, wanted)), 64 * repeat));
  const segments = Math.ceil(reduced / segment);
  const items = outer * segments * columnBlocks;
  const { perChunk, chunks } = chunkItems(items, segment * columns * 4 + 32);
  const run = (partials: number) =>
    host.parallelFor(
      "reduceSegments",
      chunks,
      [code, x, out, partials, reduced, inner, repeat, segment, segments, columns, divisor, items, perChunk],
      columns * repeat * 8,
    );
  if (segments === 1) {
    run(0);
    return;
  }
  const length = outer * inner;
  withMemory(host, length * segments * 8, (partials) => {
    run(partials);
    const finish = chunkItems(Math.ceil(length / 16), segments * 16 * 4);
    host.parallelFor("reduceFinish", finish.chunks, [
      ...[code, partials, out, inner, segments, divisor, length, finish.perChunk * 16],
    ]);
  });
}

/** Addresses in bytes: both are (rows, columns) floats. */
export interface SoftmaxArguments {
  readonly x: number;
  /** May be `x`. */
  readonly out: number;
  readonly rows: number;
  readonly columns: number;
}

/** out = exp(x) / sum of exp(x) over each row. */
export function softmax(host: KernelHost, args: SoftmaxArguments): void {
  softmaxRows(host, args, 0);
}

/** out = x - log(sum of exp(x)) over each row. */
export function logSoftmax(host: KernelHost, args: SoftmaxArguments): void {
  softmaxRows(host, args, 1);
}

function softmaxRows(host: KernelHost, { x, out, rows, columns }: SoftmaxArguments, logarithm: number): void {
  if (rows * columns === 0) return;
  const { perChunk, chunks } = chunkItems(rows, columns * 20 + 64);
  host.parallelFor("softmaxRows", chunks, [x, out, columns, logarithm, rows, perChunk]);
}
