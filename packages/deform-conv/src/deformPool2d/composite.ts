import type { Tensor } from "@tensorflow/tfjs-core";
import { add, broadcastTo, concat, mul, reshape, sum, tensor, transpose } from "@tensorflow/tfjs-core";
import { cellsOfTaps } from "../deformConv2d/cellsOfTaps.js";
import { firstMaximumOf, maximumOf } from "../roiPool/composite.js";
import { cornersOf, interpolate, scatterToCells } from "../sampling/cells.js";
import { countedOffset, inverseTotals } from "./counting.js";
import type { Pooling } from "./pooling.js";

/** Lower than any sample, and finite: backends differ in what they make of an infinite product. */
const lowest = -3e38;

/** Samples as (windows, K, channels), those of taps that do not count the lowest, unless none of their window does. */
function candidatesOf(samples: Tensor, { geometry: g, counts, totals }: Pooling): Tensor {
  const { batch, inChannels } = g;
  const taps = g.kernelHeight * g.kernelWidth;
  const shape = [batch * totals.length, taps, inChannels];
  if (!counts.includes(0)) return reshape(samples, shape);
  const lowered = Float32Array.from(counts, (count, at) =>
    count === 0 && totals[Math.floor(at / taps)]! > 0 ? lowest : 0,
  );
  const split = reshape(samples, [batch, totals.length, taps, inChannels]);
  return reshape(add(split, tensor(lowered, [1, totals.length, taps, 1])), shape);
}

/** Mean or maximum of each window, in operations of tfjs-core. Holds four pixels of every sample: 4·K·channels floats a window. */
export function compositePool(x: Tensor, offset: Tensor, pooling: Pooling): Tensor {
  const { geometry: g, mode, totals } = pooling;
  const cells = cellsOfTaps(countedOffset(offset, pooling), g);
  const samples = interpolate(cornersOf(x, cells, g.offsetGroups), cells);
  const shape = [g.batch, g.outHeight, g.outWidth, g.inChannels];
  if (mode === "max") return reshape(maximumOf(candidatesOf(samples, pooling)).maximum, shape);
  const sums = sum(reshape(samples, [g.batch * totals.length, -1, g.inChannels]), 1);
  return mul(reshape(sums, shape), inverseTotals(pooling));
}

/** The gradients in x and offset. */
export function compositePoolGradients(
  x: Tensor,
  offset: Tensor,
  dy: Tensor,
  pooling: Pooling,
): { x: Tensor; offset: Tensor } {
  const { geometry: g, mode, totals } = pooling;
  const windows = g.batch * totals.length;
  const taps = g.kernelHeight * g.kernelWidth;
  const cells = cellsOfTaps(countedOffset(offset, pooling), g);
  const corners = cornersOf(x, cells, g.offsetGroups);
  const perWindow = (slopes: Tensor) => reshape(slopes, [windows, 1, g.inChannels]);
  const slopes =
    mode === "max"
      ? mul(firstMaximumOf(candidatesOf(interpolate(corners, cells), pooling)), perWindow(dy))
      : broadcastTo(perWindow(mul(dy, inverseTotals(pooling))), [windows, taps, g.inChannels]);
  const ofSamples = reshape(slopes, [-1, g.inChannels / g.offsetGroups]);
  const ofOffset = [0, 1].map((axis) =>
    reshape(sum(mul(ofSamples, interpolate(corners, cells, axis)), 1), [windows, taps, g.offsetGroups, 1]),
  );
  return {
    x: scatterToCells(cells, ofSamples, [g.batch, g.inHeight, g.inWidth, g.inChannels]),
    offset: reshape(transpose(concat(ofOffset, 3), [0, 2, 1, 3]), offset.shape),
  };
}
