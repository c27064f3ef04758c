import type { Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  concat,
  gather,
  matMul,
  reshape,
  scatterND,
  slice,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import type { BinPlan } from "./bins.js";
import { channelsOfBin } from "./bins.js";
import type { Pack } from "./packBins.js";
import { packBins, tableLength } from "./packBins.js";

/** The image as rows (image, pixel, part) of the channels of a bin, and one more row of zeros. */
export function tableOf(x: Tensor, plan: BinPlan): Tensor {
  const channels = channelsOfBin(plan);
  const split = reshape(x, [-1, plan.classes, channels, plan.step]);
  return concat([reshape(transpose(split, [0, 1, 3, 2]), [-1, channels]), zeros([1, channels])]);
}

/** The image whose table this is. */
function imageOf(table: Tensor, plan: BinPlan): Tensor {
  const channels = channelsOfBin(plan);
  const rows = slice(table, [0, 0], [tableLength(plan), channels]);
  return reshape(transpose(reshape(rows, [-1, plan.classes, plan.step, channels]), [0, 1, 3, 2]), [...plan.image]);
}

/** Rows of a pack, (bins, length, channels). */
export function gatherPack(table: Tensor, { bins, length, rows }: Pack): Tensor {
  return reshape(gather(table, tensor1d(rows, "int32")), [bins.length, length, -1]);
}

/** Joins what packs made of their bins, (bins, channels) each, in the order of the result. */
export function joinPacks(parts: Tensor[], packs: Pack[], plan: BinPlan): Tensor {
  const place = new Int32Array(plan.bins.length);
  for (const [k, at] of packs.flatMap(({ bins }) => bins).entries()) place[at] = k;
  return reshape(gather(concat(parts), tensor1d(place, "int32")), plan.shape);
}

/** Adds up, in the image, what packs hand to their rows: `shares` makes (bins, length, channels) of a pack and its slopes (bins, 1, channels). */
export function scatterPacks(
  dy: Tensor,
  packs: Pack[],
  plan: BinPlan,
  shares: (pack: Pack, slopes: Tensor) => Tensor,
): Tensor {
  const channels = channelsOfBin(plan);
  const ofBins = reshape(dy, [-1, channels]);
  const scattered = packs.map((pack) =>
    tidy(() => {
      const slopes = gather(ofBins, tensor1d(pack.bins, "int32"));
      const share = reshape(shares(pack, reshape(slopes, [-1, 1, channels])), [-1, channels]);
      const rows = tensor2d(pack.rows, [pack.rows.length, 1], "int32");
      return scatterND(rows, share, [tableLength(plan) + 1, channels]) as Tensor;
    }),
  );
  return imageOf(
    scattered.reduce((a, b) => add(a, b)),
    plan,
  );
}

/** The weighted sum of each bin, in operations of tfjs-core. */
export function compositeSums(x: Tensor, plan: BinPlan): Tensor {
  const packs = packBins(plan, "zero");
  const table = tableOf(x, plan);
  const sums = packs.map((pack) =>
    tidy(() => {
      const weights = tensor(pack.weights, [pack.bins.length, 1, pack.length]);
      return reshape(matMul(weights, gatherPack(table, pack)), [pack.bins.length, -1]);
    }),
  );
  return joinPacks(sums, packs, plan);
}

/** The adjoint of {@link compositeSums}. */
export function compositeGradient(dy: Tensor, plan: BinPlan): Tensor {
  return scatterPacks(dy, packBins(plan, "zero"), plan, (pack, slopes) =>
    matMul(tensor(pack.weights, [pack.bins.length, pack.length, 1]), slopes),
  );
}
