import { expectNumber, expectOneOf } from "@ddl/core";
import type { BoundaryMetric, ElementOptions, Formula } from "./boundaryMetric.js";
import { boundaryMetric, elementsAsked } from "./boundaryMetric.js";

/** Options of {@link normalizedSurfaceDice}. */
export interface NormalizedSurfaceDiceOptions extends ElementOptions {
  /** The distance up to which a border counts as found, ≥ 0, in the units of `spacing`. */
  tolerance: number;
  /** The mask whose border is counted. Default `"both"`; one alone gives surface-distance's overlap at a tolerance. */
  from?: "both" | "prediction" | "reference";
}

export const surfaceDiceFormula: Formula<NormalizedSurfaceDiceOptions> = {
  elements: elementsAsked,
  keys: ["elements", "tolerance", "from"],
  isScore: true,
  prepare(functionName, { tolerance, from = "both" }) {
    expectNumber(functionName, "tolerance", tolerance, { min: 0 });
    expectOneOf(functionName, "from", from, ["both", "prediction", "reference"]);
    return ({ fromReference, fromPrediction, referenceSizes, predictionSizes }) => {
      const r = from === "prediction" ? [0, 0] : within(fromReference, referenceSizes, tolerance);
      const p = from === "reference" ? [0, 0] : within(fromPrediction, predictionSizes, tolerance);
      return (r[0]! + p[0]!) / (r[1]! + p[1]!);
    };
  },
};

/** The size of border within the tolerance, and of all. */
function within(distances: Float64Array, sizes: Float64Array | undefined, tolerance: number): [number, number] {
  let found = 0;
  let total = 0;
  for (let i = 0; i < distances.length; i++) {
    const size = sizes?.[i] ?? 1;
    total += size;
    if (distances[i]! <= tolerance) found += size;
  }
  return [found, total];
}

/**
 * Share of both borders that lies no farther than `tolerance` from the other ("NSD", surface Dice). Symmetric, to the bit.
 *
 * Arguments: reference and prediction of one shape, one to three axes, in which anything but 0 is inside; or their
 * {@link surfaceDistances}. Then options. MONAI's and MetricsReloaded's; with `elements: "surfel"` surface-distance's. A distance
 * equal to the tolerance is within it; there is no hidden slack for rounding.
 *
 * @throws ShapeError if shapes differ or `spacing` has the wrong length; RangeArgumentError for a tolerance that is negative or
 * missing; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `normalizedSurfaceDice(truth, mask, { tolerance: 2, spacing: [3, 0.9, 0.9] })`
 *
 * Source: Nikolov et al. 2021 (`nikolov2021`).
 */
export const normalizedSurfaceDice: BoundaryMetric<NormalizedSurfaceDiceOptions> = /* @__PURE__ */ boundaryMetric(
  "normalizedSurfaceDice",
  surfaceDiceFormula,
);
