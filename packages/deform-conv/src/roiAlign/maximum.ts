import type { Tensor } from "@tensorflow/tfjs-core";
import { getBackend, mul, reshape, tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import type { BinPlan } from "../roi/bins.js";
import { eachPixelOfBin } from "../roi/bins.js";
import { gatherPack, joinPacks, scatterPacks, tableOf } from "../roi/composite.js";
import type { Pack } from "../roi/packBins.js";
import { packBins } from "../roi/packBins.js";
import { firstMaximumOf, maximumOf } from "../roiPool/composite.js";

/** Calls back for each channel of each bin that has pixels: the element of x that weighs most, the first of equals or NaN, and its weight. */
function eachMaximum(x: Float32Array, plan: BinPlan, visit: (to: number, from: number, weight: number) => void): void {
  const channels = plan.image[3];
  for (let at = 0; at < plan.bins.length; at++) {
    for (let c = 0; c < channels; c++) {
      let [best, from, share] = [0, -1, 0];
      eachPixelOfBin(plan, at, (pixel, weight) => {
        const element = pixel * channels + c;
        const value = weight * x[element]!;
        if (from >= 0 && !(value > best || (Number.isNaN(value) && !Number.isNaN(best)))) return;
        [best, from, share] = [value, element, weight];
      });
      if (from >= 0) visit(at * channels + c, from, share);
    }
  }
}

/** Pixels of a pack times their weights. Samples have four corners each, so that a pack needs no filling but for bins without samples. */
function weighted(table: Tensor, pack: Pack): Tensor {
  return mul(gatherPack(table, pack), tensor(pack.weights, [pack.bins.length, pack.length, 1]));
}

function forward(x: Tensor, plan: BinPlan): Tensor {
  if (plan.bins.length === 0) return zeros(plan.shape);
  if (getBackend() === "cpu") {
    const values = x.dataSync<"float32">();
    const result = new Float32Array(plan.bins.length * plan.image[3]);
    eachMaximum(values, plan, (to, from, weight) => {
      result[to] = weight * values[from]!;
    });
    return tensor(result, plan.shape);
  }
  const packs = packBins(plan, "zero");
  const table = tableOf(x, plan);
  const maxima = packs.map((pack) =>
    tidy(() => reshape(maximumOf(weighted(table, pack)).maximum, [pack.bins.length, -1])),
  );
  return joinPacks(maxima, packs, plan);
}

function backward(x: Tensor, dy: Tensor, plan: BinPlan): Tensor {
  if (plan.bins.length === 0) return zeros(x.shape);
  if (getBackend() === "cpu") {
    const slopes = dy.dataSync<"float32">();
    const result = new Float64Array(x.size);
    eachMaximum(x.dataSync<"float32">(), plan, (to, from, weight) => {
      result[from]! += weight * slopes[to]!;
    });
    return tensor(Float32Array.from(result), x.shape);
  }
  const table = tableOf(x, plan);
  return scatterPacks(dy, packBins(plan, "zero"), plan, (pack, slopes) => {
    const chosen = firstMaximumOf(weighted(table, pack));
    return mul(mul(chosen, tensor(pack.weights, [pack.bins.length, pack.length, 1])), slopes);
  });
}

/** The largest product of a pixel and its weight in each bin, 0 of a bin without samples, with the gradient of x. */
export function largestOfBins(x: Tensor, plan: BinPlan): Tensor {
  return differentiable(
    { x },
    (inputs) => forward(inputs.x, plan),
    (inputs, dy) => ({ x: backward(inputs.x, dy, plan) }),
  );
}
