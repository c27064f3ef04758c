import type { AnyArray } from "@ddl/core";
import { zeros } from "@ddl/core";
import type { Kernel, Runtime } from "@ddl/simd";
import { sharedRuntime } from "@ddl/simd";
import type { NdArray } from "ndarray";
import { borderIndex } from "../filters/border.js";
import type { Border, HalfKernel } from "../filters/correlateAxis.js";
import type { FloatStorage } from "../floatStorage.js";
import type { Kernels } from "./kernels.js";
import { kernelsOf } from "./kernels.js";

/** As in tiles.assembly.ts: columns of a tile, bytes of its rows, rows of a group. */
const tileColumns = 32;
const tilePitch = 256;
const groupRows = 16;

/** What is filtered, and how. */
export interface Filter<T extends AnyArray> {
  /** Where the kernels run; undefined for the thread's shared runtime. */
  runtime: Runtime | undefined;
  /** Two or three axes; an image is a volume of one plane. float32 is rounded to float32 after each step. */
  array: NdArray<T>;
  /** Its values in C order. */
  values: Float64Array;
  border: Border;
  /** Of each axis its kernels, all of one radius. */
  kernels: readonly (readonly HalfKernel[])[];
}

/** A filter at work in the memory of a runtime. */
export interface FilterJob {
  kernels: Kernels;
  /** Address of the values. */
  input: number;
  /** Address of an array of the values' size. */
  allocate(): number;
  /** Words of the tables of planes, rows and columns: sources, weights of each kernel, radius. */
  tables: readonly [number[], number[], number[]];
  /** Runs a kernel on stripes across planes; the shape and what follows it are added to the words. */
  acrossPlanes(kernel: Kernel, words: readonly number[]): void;
  /** Runs a kernel on groups of rows, likewise. */
  inPlanes(kernel: Kernel, words: readonly number[]): void;
}

/** A kernel that leaves pixels as they are. */
export const identity: HalfKernel = { weights: Float64Array.of(1), parity: 1 };

/**
 * Filters in the memory of a runtime, and gives the memory back.
 *
 * @param work returns the address of the result
 * @returns a new array of the array's shape
 */
export async function runFilter<T extends AnyArray>(
  { runtime: given, array: { data, shape }, values, border, kernels: halves }: Filter<T>,
  work: (job: FilterJob) => number,
): Promise<NdArray<FloatStorage<T>>> {
  const single = data instanceof Float32Array;
  const result = single ? zeros(Float32Array, shape) : zeros(Float64Array, shape);
  const count = values.length;
  if (count === 0) return result as NdArray<FloatStorage<T>>;
  const runtime = given ?? (await sharedRuntime());
  const kernels = await kernelsOf(runtime);
  const { heap } = runtime;
  const lengths = [1, ...shape].slice(-3) as [number, number, number];
  const [planes, rows, columns] = lengths;
  const ofAxes = [[identity], ...halves].slice(-3);
  const [radiusZ, radiusY, radiusX] = ofAxes.map(([half]) => half!.weights.length - 1) as [number, number, number];
  const held: number[] = [];
  const take = (bytes: number): number => {
    held.push(heap.allocate(bytes));
    return held.at(-1)!;
  };
  // The last tile is read a row of a tile beyond an array's end.
  const allocate = (): number => take(8 * count + tilePitch);
  const table = (length: number, ofAxis: readonly HalfKernel[]): number[] => {
    const radius = ofAxis[0]!.weights.length - 1;
    const sources = Int32Array.from({ length: length + 2 * radius + 1 }, (_, i) =>
      borderIndex(i - radius, length, border.mode),
    );
    const pointer = take(sources.byteLength);
    heap.i32(pointer, sources.length).set(sources);
    const weights = ofAxis.map((half) => {
      const to = take(half.weights.byteLength);
      heap.f64(to, radius + 1).set(half.weights.slice().reverse());
      return to;
    });
    return [pointer, ...weights, radius];
  };
  const run = (kernel: Kernel, items: number, words: readonly number[], scratchBytes: number): void => {
    // A job has at most 65,534 chunks.
    const perChunk = Math.ceil(items / 4096);
    const all = [...words, ...lengths, border.cval, Number(single), perChunk];
    runtime.parallelFor(kernel, Math.ceil(items / perChunk), all, { scratchBytes });
  };
  try {
    const input = allocate();
    heap.f64(input, count).set(values);
    const filtered = work({
      kernels,
      input,
      allocate,
      tables: lengths.map((length, axis) => table(length, ofAxes[axis]!)) as [number[], number[], number[]],
      acrossPlanes(kernel, words) {
        run(kernel, Math.ceil((rows * columns) / tileColumns), words, (planes + 2 * radiusZ + 1) * tilePitch);
      },
      inPlanes(kernel, words) {
        // Sums, a tile, and of each pair of rows at most two lines.
        const line = 16 * (columns + 2 * radiusX + 4) + 128;
        const tile = (groupRows + 2 * radiusY) * tilePitch;
        run(kernel, planes * Math.ceil(rows / groupRows), words, 128 + tile + 16 * radiusX + groupRows * line);
      },
    });
    result.data.set(heap.f64(filtered, count));
    return result as NdArray<FloatStorage<T>>;
  } finally {
    for (const pointer of held) heap.free(pointer);
  }
}
