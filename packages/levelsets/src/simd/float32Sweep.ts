import { regionMeans } from "../chanVese/regionMeans.js";
import { paddedStride, padRows, unpadRows } from "./paddedRows.js";
import type { SimdSetting, SimdSweep } from "./simdSweep.js";

/** Rows of a chunk, as in float32.assembly.ts. */
const rowsOfChunk = 16;

/** Sweeps of an image in float32, the means of the next gathered in each. */
export function createFloat32Sweep({
  runtime,
  kernels,
  allocate,
  image,
  start,
}: SimdSetting<Float32Array>): SimdSweep<Float32Array> {
  const { rows, columns, channels, spacing } = image;
  const { heap } = runtime;
  const n = rows * columns;
  const stride = paddedStride(columns);
  const plane = rows * stride;
  const chunks = Math.ceil(rows / rowsOfChunk);
  const perChunk = 2 + channels;
  const pixels = allocate(4 * plane * channels);
  let phi = allocate(4 * plane);
  let next = allocate(4 * plane);
  const settings = allocate(4 * (11 + 2 * channels));
  const results = allocate(8 * chunks * perChunk);
  for (let c = 0; c < channels; c++) {
    padRows(image.values.subarray(c * n, (c + 1) * n), columns, heap.f32(pixels + 4 * c * plane, plane));
  }
  padRows(start, columns, heap.f32(phi, plane));
  heap.f32(next, plane).fill(0);

  // The sum over all pixels of each channel: what is not inside is outside.
  const totals = new Float64Array(channels);
  for (let i = 0; i < image.values.length; i++) totals[Math.floor(i / n)]! += image.values[i]!;
  const { inside, outside } = regionMeans(image, start, false);
  const [gy, gx] = [Math.fround(1 / spacing[1]), Math.fround(1 / spacing[2])];
  return {
    iterate({ mu, nu, lambda1, lambda2, dt }) {
      const numbers = heap.f32(settings, 11 + 2 * channels);
      numbers.set([mu, dt, mu * dt, gy, gx, gy * gy, gx * gx, -nu, lambda1, lambda2, 1 / channels]);
      for (let c = 0; c < channels; c++) numbers.set([inside[c]!, outside[c]!], 11 + 2 * c);
      const words = [pixels, phi, next, settings, results, rows, columns, stride, channels];
      runtime.parallelFor(kernels.chanVeseFloat32, chunks, words);
      [phi, next] = [next, phi];
      const sums = heap.f64(results, chunks * perChunk);
      let squares = 0;
      let count = 0;
      inside.fill(0);
      for (let at = 0; at < sums.length; at += perChunk) {
        squares += sums[at]!;
        count += sums[at + 1]!;
        for (let c = 0; c < channels; c++) inside[c]! += sums[at + 2 + c]!;
      }
      for (let c = 0; c < channels; c++) {
        outside[c] = count === n ? 0 : (totals[c]! - inside[c]!) / (n - count);
        inside[c] = count === 0 ? 0 : inside[c]! / count;
      }
      return Math.sqrt(squares / n);
    },
    read(values) {
      unpadRows(heap.f32(phi, plane), columns, values);
    },
  };
}
