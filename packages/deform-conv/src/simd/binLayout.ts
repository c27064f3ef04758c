import type { Runtime } from "@ddl/simd";
import type { BinPlan } from "../roi/bins.js";
import { channelsOfBin } from "../roi/bins.js";

/**
 * Runs `use` with what the kernels are told of bins: addresses of lines and bins, channels, their stride, bytes of a row, a pixel and an
 * image. The memory is given back afterwards, also on failure.
 */
export function withBins(runtime: Runtime, plan: BinPlan, use: (words: number[]) => void): void {
  const [, height, width, channels] = plan.image;
  const { starts, pixels, weights } = plan.lines;
  const { images, rows, columns, parts, length } = plan.bins;
  const lineCount = starts.length - 1;
  /** A line is a count and pairs of pixel and weight. */
  const placeOf = (line: number): number => 4 * line + 8 * starts[line]!;
  const { heap } = runtime;
  const linesAt = length * 16;
  const words = lineCount + 2 * pixels.length;
  const address = heap.allocate(linesAt + 4 * words);
  try {
    const bins = heap.i32(address, length * 4);
    const ofBin = channelsOfBin(plan);
    for (let k = 0; k < length; k++) {
      const part = parts[k]!;
      bins[4 * k] = images[k]!;
      bins[4 * k + 1] = placeOf(rows[k]!);
      bins[4 * k + 2] = placeOf(columns[k]!);
      bins[4 * k + 3] = Math.floor(part / plan.step) * plan.step * ofBin + (part % plan.step);
    }
    const integers = heap.i32(address + linesAt, words);
    const floats = heap.f32(address + linesAt, words);
    for (let line = 0, at = 0; line < lineCount; line++) {
      integers[at++] = starts[line + 1]! - starts[line]!;
      for (let k = starts[line]!; k < starts[line + 1]!; k++) {
        integers[at++] = pixels[k]!;
        floats[at++] = weights[k]!;
      }
    }
    const bytes = [width * channels * 4, channels * 4, height * width * channels * 4];
    use([address + linesAt, address, ofBin, plan.step, ...bytes]);
  } finally {
    heap.free(address);
  }
}
