import { ArgumentError, expectOneOf, expectOptions, ShapeError } from "@ddl/core";
import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import { emptyValue, resolvePolicy } from "../empty/emptyPolicy.js";
import type { ArrayInput } from "../input/values.js";
import { inPrediction, inReference, readWindow } from "./maskWindow.js";
import type { SkeletonMethod } from "./skeleton/skeletonize.js";
import { skeletonize } from "./skeleton/skeletonize.js";

/** Options of {@link centerlineDice}. */
export interface CenterlineDiceOptions {
  /** How masks are thinned. Default `zhang-suen` for two axes, `lee` for three, the only one there. */
  method?: SkeletonMethod;
  /** Default: both empty `"nan"`, one empty `"worst"`, which is 0. */
  emptyPolicy?: EmptyPolicy;
}

/**
 * Harmonic mean of the share of the prediction's skeleton inside the reference and of the reference's skeleton inside the prediction
 * ("clDice"), for vessels and other tubes: what is connected counts, width does not. Symmetric.
 *
 * Skeletons are those of scikit-image's `skeletonize`. They depend on orientation: a mirrored pair may have another value.
 *
 * @param reference two or three axes, any non-zero value is inside
 * @param prediction the same shape
 * @returns in [0, 1]; 0 if neither skeleton meets the other mask; NaN if a mask has no skeleton, as Lee's thinning
 * deletes some masks with holes altogether (scikit-image's too)
 * @throws ShapeError if shapes differ; ArgumentError for Zhang and Suen in three axes; RangeArgumentError for a NaN; DdlError (code
 * `data`) where `emptyPolicy` says `"error"`
 * @example `centerlineDice(vessels, found)`
 *
 * Source: Shit et al. 2021 (`shit2021`).
 */
export function centerlineDice(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: CenterlineDiceOptions = {},
): number {
  const name = "centerlineDice";
  expectOptions(name, options, ["method", "emptyPolicy"]);
  const policy = resolvePolicy(name, options.emptyPolicy);
  const window = readWindow(name, reference, prediction);
  const rank = window.imageShape.length;
  if (rank === 1) {
    const expected = "have 2 or 3 dimensions";
    throw new ShapeError({ functionName: name, argument: "reference", expected, received: window.imageShape });
  }
  const { method = rank === 2 ? "zhang-suen" : "lee" } = options;
  expectOneOf(name, "method", method, ["zhang-suen", "lee"]);
  if (rank === 3 && method !== "lee") {
    throw new ArgumentError({
      functionName: name,
      argument: "method",
      expected: 'be "lee" for three axes',
      received: method,
    });
  }
  const share = (own: number, other: number): number => {
    const skeleton = skeletonize(window, own, method);
    let length = 0;
    let shared = 0;
    for (let i = 0; i < skeleton.length; i++) {
      if (skeleton[i] === 0) continue;
      length++;
      if ((window.bits[i]! & other) !== 0) shared++;
    }
    return shared / length;
  };
  const has = (bit: number): boolean => window.bits.some((value) => (value & bit) !== 0);
  const empty = emptyValue(name, policy, !has(inReference), !has(inPrediction), 0);
  if (empty !== undefined) return empty;
  const precision = share(inPrediction, inReference);
  const sensitivity = share(inReference, inPrediction);
  return precision + sensitivity === 0 ? 0 : (2 * (precision * sensitivity)) / (precision + sensitivity);
}
