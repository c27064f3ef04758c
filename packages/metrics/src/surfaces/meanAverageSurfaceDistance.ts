import { sized } from "./averages.js";
import type { BoundaryMetric, ElementOptions, Formula } from "./boundaryMetric.js";
import { boundaryMetric, elementsAsked } from "./boundaryMetric.js";

export const meanFormula: Formula<ElementOptions> = {
  keys: ["elements"],
  elements: elementsAsked,
  prepare:
    () =>
    ({ fromReference, fromPrediction, referenceSizes, predictionSizes }) => {
      const r = sized(fromReference, referenceSizes);
      const p = sized(fromPrediction, predictionSizes);
      return (r.sum / r.total + p.sum / p.total) / 2;
    },
};

/**
 * Mean of the two directed average surface distances ("MASD"): both borders count alike, however long. Symmetric, to the bit.
 *
 * Arguments: reference and prediction of one shape, one to three axes, in which anything but 0 is inside; or their
 * {@link surfaceDistances}. Then options. MetricsReloaded's `masd`.
 *
 * @throws ShapeError if shapes differ or `spacing` has the wrong length; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `meanAverageSurfaceDistance(truth, mask, { spacing: [3, 0.9, 0.9] })`
 *
 * Source: Maier-Hein et al. 2024 (`maierhein2024`).
 */
export const meanAverageSurfaceDistance: BoundaryMetric<ElementOptions> = /* @__PURE__ */ boundaryMetric(
  "meanAverageSurfaceDistance",
  meanFormula,
);
