import { sized } from "./averages.js";
import type { BoundaryMetric, ElementOptions, Formula } from "./boundaryMetric.js";
import { boundaryMetric, elementsAsked } from "./boundaryMetric.js";

export const symmetricFormula: Formula<ElementOptions> = {
  keys: ["elements"],
  elements: elementsAsked,
  prepare:
    () =>
    ({ fromReference, fromPrediction, referenceSizes, predictionSizes }) => {
      // Two sums and then theirs: a running sum over both would depend on which mask comes first.
      const r = sized(fromReference, referenceSizes);
      const p = sized(fromPrediction, predictionSizes);
      return (r.sum + p.sum) / (r.total + p.total);
    },
};

/**
 * Mean of the distances of both directions together ("ASSD"): the longer border counts for more. Symmetric, to the bit.
 *
 * Arguments: reference and prediction of one shape, one to three axes, in which anything but 0 is inside; or their
 * {@link surfaceDistances}. Then options. medpy's and MetricsReloaded's `assd`, MONAI's with `symmetric=True`.
 *
 * @throws ShapeError if shapes differ or `spacing` has the wrong length; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `averageSymmetricSurfaceDistance(truth, mask, { spacing: [3, 0.9, 0.9] })`
 *
 * Source: Heimann et al. 2009 (`heimann2009`).
 */
export const averageSymmetricSurfaceDistance: BoundaryMetric<ElementOptions> = /* @__PURE__ */ boundaryMetric(
  "averageSymmetricSurfaceDistance",
  symmetricFormula,
);
