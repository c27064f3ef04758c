import { expectOneOf } from "@ddl/core";
import { sized } from "./averages.js";
import type { BoundaryMetric, ElementOptions, Formula } from "./boundaryMetric.js";
import { boundaryMetric, elementsAsked } from "./boundaryMetric.js";

/** Options of {@link averageSurfaceDistance}. */
export interface AverageSurfaceDistanceOptions extends ElementOptions {
  /** The mask whose border the distances start from. Default `"prediction"`. */
  from?: "prediction" | "reference";
}

export const averageFormula: Formula<AverageSurfaceDistanceOptions> = {
  elements: elementsAsked,
  keys: ["elements", "from"],
  prepare(functionName, { from = "prediction" }) {
    expectOneOf(functionName, "from", from, ["prediction", "reference"]);
    return ({ fromReference, fromPrediction, referenceSizes, predictionSizes }) => {
      const { sum, total } =
        from === "reference" ? sized(fromReference, referenceSizes) : sized(fromPrediction, predictionSizes);
      return sum / total;
    };
  },
};

/**
 * Mean distance from the border of one mask, by default the prediction, to the border of the other. Not symmetric.
 *
 * Arguments: reference and prediction of one shape, one to three axes, in which anything but 0 is inside; or their
 * {@link surfaceDistances}. Then options. medpy's `asd(prediction, reference)`, MONAI's with `symmetric=False`; with `elements:
 * "surfel"` one of surface-distance's two.
 *
 * @throws ShapeError if shapes differ or `spacing` has the wrong length; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `averageSurfaceDistance(truth, mask, { spacing: [3, 0.9, 0.9], from: "reference" })`
 *
 * Source: Taha and Hanbury 2015 (`taha2015`).
 */
export const averageSurfaceDistance: BoundaryMetric<AverageSurfaceDistanceOptions> = /* @__PURE__ */ boundaryMetric(
  "averageSurfaceDistance",
  averageFormula,
);
