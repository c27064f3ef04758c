import { ArgumentError, expectOneOf, expectOptions } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { tensor, tidy } from "@tensorflow/tfjs-core";
import { probability } from "../input/probability.js";
import type { ClassOptions, Reduction } from "./classes.js";
import { channelsFrom, expectImages, expectReduction, firstClass, scaleOf } from "./classes.js";
import { eachMask, expectUnitValues, isMostlyInside } from "./eachMask.js";
import type { SignedDistanceOptions } from "./signedDistanceMap.js";
import { signedDistance } from "./signedDistanceMap.js";
import { weightedSum } from "./weightedSum.js";

/** Options of {@link boundaryLoss}. */
export interface BoundaryLossOptions extends ClassOptions, SignedDistanceOptions {
  /**
   * What `yTrue` holds: `distance`, maps that {@link signedDistanceMaps} made; or `mask`, the default: values above ½ are inside, the
   * maps are made from a synchronous read and kept as long as the tensor, which costs milliseconds for each new one.
   */
  target?: "mask" | "distance";
  /** Mean over pixels, then mean or sum over samples and classes. Default `mean`. */
  reduction?: Reduction;
}

const known = [
  "target",
  "includeBackground",
  "fromLogits",
  "activation",
  "spacing",
  "innerOffset",
  "reduction",
] as const;

/** The maps of a target, for as long as its data are reachable. */
const maps = new WeakMap<object, { key: string; values: Float32Array }>();

/**
 * Boundary loss: mean of p·φ, with the signed distance φ to the target's border, negative inside.
 *
 * It may be negative, and is least for p = 1 where φ < 0. A prediction that is wrong everywhere has little to go by: add it to a region
 * loss, with a weight that grows (`schedule`). Its gradient is φ/n; none goes to the target.
 *
 * @param yTrue masks or distance maps, (batch, …, classes), three to five axes
 * @param yPred logits or probabilities, the same shape
 * @returns a scalar
 * @throws ShapeError for other ranks, differing shapes, no element, a spacing of another length; ArgumentError for options that are
 *   unknown or do not go with `target: "distance"`; RangeArgumentError for masks outside [0, 1], or as {@link signedDistanceMaps}
 * @example `boundaryLoss(distances, logits, { target: "distance", fromLogits: true })`
 *
 * Source: Kervadec et al. 2019 (`kervadec2019`).
 */
export function boundaryLoss(yTrue: Tensor, yPred: Tensor, options: BoundaryLossOptions = {}): Scalar {
  const name = "boundaryLoss";
  const {
    target = "mask",
    includeBackground,
    spacing,
    innerOffset,
    reduction = "mean",
  } = expectOptions(name, options, known);
  expectOneOf(name, "target", target, ["mask", "distance"]);
  expectReduction(name, reduction);
  expectImages(name, yTrue, yPred);
  const first = firstClass(name, yTrue.shape.at(-1)!, includeBackground);
  if (target === "distance" && (spacing !== undefined || innerOffset !== undefined)) {
    const expected = 'have no spacing and no innerOffset with target "distance"';
    throw new ArgumentError({ functionName: name, argument: "options", expected, received: options });
  }
  const distances = {
    ...(spacing === undefined ? {} : { spacing }),
    ...(innerOffset === undefined ? {} : { innerOffset }),
  };
  return tidy(() => {
    const p = channelsFrom(probability(name, yPred, options), first);
    const phi = target === "distance" ? channelsFrom(yTrue, first) : tensor(mapsOf(yTrue, first, distances), p.shape);
    return weightedSum(p, () => ({ weights: phi }), scaleOf(p, reduction));
  });
}

function mapsOf(yTrue: Tensor, first: number, options: SignedDistanceOptions): Float32Array {
  const distance = signedDistance("boundaryLoss", yTrue.shape.length - 2, options);
  const key = JSON.stringify([first, yTrue.shape, options]);
  const kept = maps.get(yTrue.dataId);
  if (kept?.key === key) return kept.values;
  const read = yTrue.dataSync();
  expectUnitValues("boundaryLoss", "yTrue", read);
  const values = eachMask(read, yTrue.shape, first, isMostlyInside, distance);
  maps.set(yTrue.dataId, { key, values });
  return values;
}
