import type { Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  broadcastTo,
  equal,
  fill,
  greater,
  isNaN as isNaNumber,
  max,
  min,
  mul,
  range,
  reshape,
  sub,
  tidy,
  where,
  zeros,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { BinPlan } from "../roi/bins.js";
import { gatherPack, joinPacks, scatterPacks, tableOf } from "../roi/composite.js";
import { packBins } from "../roi/packBins.js";

/**
 * 1 where a condition holds, else 0. No cast: on webgpu that leaves whole numbers under the name of float32, for which tfjs' transposition,
 * the first step of a maximum over any but the last axis, does not compile; and all that is submitted with it is lost.
 */
function indicatorOf(condition: Tensor): Tensor {
  return where(condition, fill(condition.shape, 1), zeros(condition.shape));
}

/** Of pixels (bins, length, channels): their maximum (bins, 1, channels) and 1 for the pixels that have it; NaN and 1 for those that are. */
export function maximumOf(pixels: Tensor): { maximum: Tensor; candidates: Tensor } {
  const undefinedPixels = isNaNumber(pixels);
  const undefinedOnes = indicatorOf(undefinedPixels);
  const anyUndefined = max(undefinedOnes, 1, true);
  // Backends differ in what the maximum of NaN is.
  const clean = where(undefinedPixels, zerosLike(pixels), pixels);
  const largest = max(clean, 1, true);
  // Comparisons on the backend wasm do not broadcast, and its `where` takes no booleans for values.
  const equals = indicatorOf(equal(clean, broadcastTo(largest, pixels.shape)));
  return {
    maximum: where(greater(anyUndefined, 0), fill(largest.shape, Number.NaN), largest),
    candidates: add(undefinedOnes, mul(equals, sub(1, anyUndefined))),
  };
}

/** Of pixels (bins, length, channels): 1 for the first that has the maximum, row by row, else 0. */
export function firstMaximumOf(pixels: Tensor): Tensor {
  const { candidates } = maximumOf(pixels);
  const length = pixels.shape[1]!;
  const order = broadcastTo(reshape(range(0, length), [1, -1, 1]), candidates.shape);
  const first = min(where(greater(candidates, 0), order, fill(candidates.shape, length)), 1, true);
  return indicatorOf(equal(order, broadcastTo(first, candidates.shape)));
}

/** The maximum of each bin, in operations of tfjs-core. Rows that fill up a pack repeat a pixel of the bin. */
export function compositeMaxima(x: Tensor, plan: BinPlan): Tensor {
  const packs = packBins(plan, "first");
  const table = tableOf(x, plan);
  const maxima = packs.map((pack) =>
    tidy(() => reshape(maximumOf(gatherPack(table, pack)).maximum, [pack.bins.length, -1])),
  );
  return joinPacks(maxima, packs, plan);
}

/** Hands each slope to the first pixel that has the maximum. */
export function compositeMaximaGradient(x: Tensor, dy: Tensor, plan: BinPlan): Tensor {
  const table = tableOf(x, plan);
  return scatterPacks(dy, packBins(plan, "first"), plan, (pack, slopes) =>
    mul(firstMaximumOf(gatherPack(table, pack)), slopes),
  );
}
