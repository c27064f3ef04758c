import type { Runtime } from "@ddl/simd";
import type { BinPlan } from "../roi/bins.js";
import { channelsOfBin } from "../roi/bins.js";
import type { Taps } from "../roi/taps.js";

/**
 * Runs `use` with what the kernels are told of bins: addresses of lines and bins, channels, their stride, bytes of a row, a pixel and an
 * image. The memory is given back afterwards, also on failure.
 */
export function withBins(runtime: Runtime, plan: BinPlan, use: (words: number[]) => void): void {
  const [, height, width, channels] = plan.image;
  // Bins of one RoI share their lines.
  const starts = new Map<Taps, number>();
  let end = 0;
  const place = (line: Taps): void => {
    if (starts.has(line)) return;
    starts.set(line, end);
    end += 4 + 8 * line.pixels.length;
  };
  for (const { rows, columns } of plan.bins) {
    place(rows);
    place(columns);
  }
  const { heap } = runtime;
  const linesAt = plan.bins.length * 16;
  const address = heap.allocate(linesAt + end);
  try {
    const bins = heap.i32(address, plan.bins.length * 4);
    const ofBin = channelsOfBin(plan);
    for (const [k, { image, rows, columns, part }] of plan.bins.entries()) {
      const first = Math.floor(part / plan.step) * plan.step * ofBin + (part % plan.step);
      bins[4 * k] = image;
      bins[4 * k + 1] = starts.get(rows)!;
      bins[4 * k + 2] = starts.get(columns)!;
      bins[4 * k + 3] = first;
    }
    const integers = heap.i32(address + linesAt, end / 4);
    const floats = heap.f32(address + linesAt, end / 4);
    for (const [{ pixels, weights }, start] of starts) {
      let at = start / 4;
      integers[at++] = pixels.length;
      for (let k = 0; k < pixels.length; k++) {
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
