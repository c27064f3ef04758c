import type { Tensor } from "@tensorflow/tfjs-core";
import { add, tensor } from "@tensorflow/tfjs-core";
import type { Pooling } from "./pooling.js";

/** Offsets whose taps that do not count are no numbers, so that they sample nothing. */
export function countedOffset(offset: Tensor, { geometry: g, counts }: Pooling): Tensor {
  if (!counts.includes(0)) return offset;
  const taps = g.kernelHeight * g.kernelWidth;
  const last = 2 * taps * g.offsetGroups;
  const away = new Float32Array(g.outHeight * g.outWidth * last);
  for (let at = 0; at < away.length; at++) {
    const k = Math.floor(at / 2) % taps;
    if (counts[Math.floor(at / last) * taps + k] === 0) away[at] = Number.POSITIVE_INFINITY;
  }
  return add(offset, tensor(away, [1, g.outHeight, g.outWidth, last]));
}

/** One over the number of taps of each window, (1, outHeight, outWidth, 1). */
export function inverseTotals({ geometry: g, totals }: Pooling): Tensor {
  return tensor(
    Float32Array.from(totals, (total) => 1 / Math.max(total, 1)),
    [1, g.outHeight, g.outWidth, 1],
  );
}
