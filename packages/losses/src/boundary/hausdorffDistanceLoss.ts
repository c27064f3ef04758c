import { ArgumentError, expectBoolean, expectNumber, expectOptions, ShapeError } from "@ddl/core";
import { distanceTransformEdt } from "@ddl/ndimage";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { log1p, tensor, tidy } from "@tensorflow/tfjs-core";
import type { NdArray } from "ndarray";
import { probability } from "../input/probability.js";
import type { ClassOptions, Reduction } from "./classes.js";
import { channelsFrom, expectImages, expectReduction, firstClass, scaleOf } from "./classes.js";
import { complement, eachMask, expectUnitValues, filling, isMostlyInside } from "./eachMask.js";
import { weightedSquares } from "./weightedSum.js";

/** Options of {@link hausdorffFields}. */
export interface HausdorffFieldsOptions extends ClassOptions {
  /** Power of the distances, > 0. Default 2. */
  alpha?: number;
}

/** Options of {@link hausdorffDistanceLoss}. */
export interface HausdorffDistanceLossOptions extends HausdorffFieldsOptions {
  /** ln(1 + loss) in place of the loss. Default false. */
  log?: boolean;
  /** Mean over pixels, then mean or, as in MONAI, sum over samples and classes. Default `mean`. */
  reduction?: Reduction;
  /**
   * Ready distance fields, from {@link hausdorffFields} of the same tensors and options: for backends that cannot be read synchronously.
   * Default: made from a synchronous read of `yTrue` and `yPred`.
   */
  fields?: Tensor;
}

const fieldOptions = ["alpha", "includeBackground", "fromLogits", "activation"] as const;

/**
 * Hausdorff distance loss: mean of (p − t)²·(D_p^α + D_t^α), where D_m is the distance of every pixel to the border of m > ½, in pixels.
 *
 * D is 0 where a mask is empty or full: with an empty target and p < ½ everywhere loss and gradient are 0, so add a region loss. The fields
 * depend on the prediction of each step and are constants of the gradient, 2(p − t)·field/n: two distance transforms a sample and class
 * in every step.
 *
 * @param yTrue targets in [0, 1], (batch, …, classes), three to five axes
 * @param yPred logits or probabilities, the same shape
 * @returns a scalar ≥ 0
 * @throws ShapeError for other ranks, differing shapes, no element, fields of another shape; ArgumentError for `alpha` beside `fields`;
 *   RangeArgumentError for targets or probabilities outside [0, 1] or NaN, where they are read
 * @example `hausdorffDistanceLoss(masks, logits, { fromLogits: true, log: true })`
 *
 * Source: Karimi and Salcudean 2019 (`karimi2019`), as MONAI's HausdorffDTLoss.
 */
export function hausdorffDistanceLoss(
  yTrue: Tensor,
  yPred: Tensor,
  options: HausdorffDistanceLossOptions = {},
): Scalar {
  const name = "hausdorffDistanceLoss";
  const {
    fields,
    log = false,
    reduction = "mean",
  } = expectOptions(name, options, [...fieldOptions, "log", "reduction", "fields"]);
  expectBoolean(name, "log", log);
  expectReduction(name, reduction);
  const { first, alpha } = expectFields(name, yTrue, yPred, options);
  if (fields !== undefined && options.alpha !== undefined) {
    const expected = "have no alpha beside fields, which have it already";
    throw new ArgumentError({ functionName: name, argument: "options", expected, received: options });
  }
  return tidy(() => {
    const p = channelsFrom(probability(name, yPred, options), first);
    const t = channelsFrom(yTrue, first);
    if (fields !== undefined && fields.shape?.join() !== p.shape.join()) {
      const expected = `have shape [${p.shape.join(", ")}], as hausdorffFields gives`;
      throw new ShapeError({ functionName: name, argument: "fields", expected, received: fields.shape ?? fields });
    }
    const field = fields ?? fieldsOf(name, t.dataSync(), p.dataSync(), p.shape, alpha);
    const loss = weightedSquares(p, t, field, scaleOf(p, reduction));
    return log ? log1p(loss) : loss;
  });
}

/**
 * The distance fields D_p^α + D_t^α of {@link hausdorffDistanceLoss}, made without a synchronous read: call it before the gradient.
 *
 * @param yTrue targets in [0, 1], (batch, …, classes), three to five axes
 * @param yPred the prediction of this step, the same shape
 * @returns float32, (batch, …, classes that count), to be disposed by the caller
 * @throws as {@link hausdorffDistanceLoss}
 * @example `const fields = await hausdorffFields(masks, model.predict(images), { fromLogits: true });`
 */
export async function hausdorffFields(
  yTrue: Tensor,
  yPred: Tensor,
  options: HausdorffFieldsOptions = {},
): Promise<Tensor> {
  expectOptions("hausdorffFields", options, fieldOptions);
  const { first, alpha } = expectFields("hausdorffFields", yTrue, yPred, options);
  const [t, p] = tidy(() => [
    channelsFrom(yTrue, first).clone(),
    channelsFrom(probability("hausdorffFields", yPred, options), first).clone(),
  ]);
  try {
    const values = await Promise.all([t!.data(), p!.data()]);
    return fieldsOf("hausdorffFields", ...values, p!.shape, alpha);
  } finally {
    t!.dispose();
    p!.dispose();
  }
}

function expectFields(name: string, yTrue: Tensor, yPred: Tensor, options: HausdorffFieldsOptions) {
  const { alpha = 2, includeBackground } = options;
  expectNumber(name, "alpha", alpha, { above: 0 });
  expectImages(name, yTrue, yPred);
  return { alpha, first: firstClass(name, yTrue.shape.at(-1)!, includeBackground) };
}

function fieldsOf(name: string, t: ArrayLike<number>, p: ArrayLike<number>, shape: number[], alpha: number): Tensor {
  expectUnitValues(name, "yTrue", t);
  expectUnitValues(name, "yPred", p);
  const field = eachMask(t, shape, 0, isMostlyInside, distanceToBorder);
  const other = eachMask(p, shape, 0, isMostlyInside, distanceToBorder);
  for (let i = 0; i < field.length; i++) field[i] = field[i]! ** alpha + other[i]! ** alpha;
  return tensor(field, shape);
}

/** Distance to the nearest pixel of the other kind; nothing where there is none. */
function distanceToBorder(mask: NdArray<Uint8Array>): Float64Array | undefined {
  if (filling(mask) !== "mixed") return undefined;
  const inside = distanceTransformEdt(mask).data;
  const outside = distanceTransformEdt(complement(mask)).data;
  for (let i = 0; i < inside.length; i++) inside[i]! += outside[i]!;
  return inside;
}
