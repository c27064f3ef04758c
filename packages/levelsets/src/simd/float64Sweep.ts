import { addLeaves, summationLeaves } from "../chanVese/regionMeans.js";
import type { SimdSetting, SimdSweep } from "./simdSweep.js";

/** Items of a chunk: 16 rows or leaves, more where that would be too many chunks for a job. */
const perChunk = (items: number): number => Math.max(16, Math.ceil(items / 4096));

/** Sweeps of an image or a volume in float64, each after the means of its φ, summed in the order of regionMeans.ts. */
export function createFloat64Sweep({
  runtime,
  kernels,
  allocate,
  image,
  start,
}: SimdSetting<Float64Array>): SimdSweep<Float64Array> {
  const { planes, rows, columns, channels, spacing } = image;
  const { heap } = runtime;
  const n = start.length;
  const kernel = image.volume ? kernels.chanVeseVolumeFloat64 : kernels.chanVeseFloat64;
  const rowsOfChunk = perChunk(planes * rows);
  const chunks = Math.ceil((planes * rows) / rowsOfChunk);
  const leaves = summationLeaves(n);
  const leavesOfChunk = perChunk(leaves.length);
  const perLeaf = 1 + 2 * channels;
  const pixels = allocate(8 * image.values.length);
  let phi = allocate(8 * n);
  let next = allocate(8 * n);
  const settings = allocate(8 * (10 + 2 * channels));
  const results = allocate(8 * chunks);
  const starts = allocate(4 * (leaves.length + 1));
  const sums = allocate(8 * perLeaf * leaves.length);
  heap.f64(pixels, image.values.length).set(image.values);
  heap.f64(phi, n).set(start);
  heap.i32(starts, leaves.length + 1).set([...leaves, n]);
  const [gz, gy, gx] = spacing.map((h) => 1 / h) as [number, number, number];

  /** Means of each channel, inside and outside in turn. */
  const means = (): number[] => {
    const words = [pixels, phi, starts, sums, n, channels, leaves.length, leavesOfChunk];
    runtime.parallelFor(kernels.regionSumsFloat64, Math.ceil(leaves.length / leavesOfChunk), words);
    const ofLeaves = heap.f64(sums, perLeaf * leaves.length);
    const total = (entry: number): number => {
      let leaf = 0;
      return addLeaves(n, () => ofLeaves[perLeaf * leaf++ + entry]!);
    };
    const count = total(0);
    return Array.from({ length: 2 * channels }, (_, k) => {
      const pixelsOfSide = k % 2 === 0 ? count : n - count;
      return pixelsOfSide === 0 ? 0 : total(1 + k) / pixelsOfSide;
    });
  };
  return {
    iterate({ mu, nu, lambda1, lambda2, dt }) {
      const now = means();
      heap
        .f64(settings, 10 + 2 * channels)
        .set([mu, dt, mu * dt, -nu, lambda1, lambda2, 1 / channels, gz, gy, gx, ...now]);
      const lengths = [planes, rows, columns, channels, rowsOfChunk];
      runtime.parallelFor(kernel, chunks, [pixels, phi, next, settings, results, ...lengths]);
      [phi, next] = [next, phi];
      let squares = 0;
      for (const square of heap.f64(results, chunks)) squares += square;
      return Math.sqrt(squares / n);
    },
    read(values) {
      values.set(heap.f64(phi, n));
    },
  };
}
