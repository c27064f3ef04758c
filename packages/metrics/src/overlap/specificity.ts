import type { ZeroDivision } from "../empty/zeroDivision.js";
import { resolveZeroDivision } from "../empty/zeroDivision.js";
import { classScore } from "./classScore.js";
import type { OverlapScore } from "./makeScore.js";
import type { ClassOptions } from "./matrix.js";

/** Options of {@link specificity}. */
export interface SpecificityOptions extends ClassOptions, ZeroDivision {}

/**
 * Share of the background that was left alone, TN / (TN + FP): 1 for two empty masks. Undefined where the reference fills the image.
 * Grows with the image around the object. Arguments and errors as {@link diceScore}.
 * @example `specificity(truth, mask, { zeroDivision: "zero" })`
 */
export const specificity: OverlapScore<SpecificityOptions> = /* @__PURE__ */ classScore(
  "specificity",
  ["zeroDivision"],
  (options) => {
    const settle = resolveZeroDivision("specificity", options, 0);
    return (_tp, fp, _fn, tn) => settle(tn / (tn + fp));
  },
);
