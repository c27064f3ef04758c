import { expectOneOf } from "@ddl/core";
import type { ZeroDivision } from "../empty/zeroDivision.js";
import { averageClasses } from "./averageClasses.js";
import type { OverlapScore } from "./makeScore.js";
import { matrixScore } from "./matrixScore.js";

/** Options of {@link balancedAccuracy}. */
export interface BalancedAccuracyOptions extends ZeroDivision {
  /** `nan` (default): undefined if the reference lacks a class; `skip`: the mean over the classes it has, as scikit-learn. */
  undefinedClasses?: "nan" | "skip";
}

/**
 * Mean recall of all classes, background included: (recall + specificity) / 2 for masks. `zeroDivision` is the recall of a class that
 * the reference lacks. Arguments and errors as {@link diceScore}.
 * @example `balancedAccuracy(confusionMatrix(truth, labels, { classes: 4 }), { undefinedClasses: "skip" })`
 */
export const balancedAccuracy: OverlapScore<BalancedAccuracyOptions> =
  /* @__PURE__ */ matrixScore<BalancedAccuracyOptions>(
    "balancedAccuracy",
    0,
    (matrix, { undefinedClasses = "nan" }, settle) =>
      averageClasses(matrix, "balancedAccuracy", (tp, _fp, fn) => settle(tp / (tp + fn)), {
        background: true,
        undefinedClasses,
      }),
    ["undefinedClasses"],
    ({ undefinedClasses = "nan" }) =>
      expectOneOf("balancedAccuracy", "undefinedClasses", undefinedClasses, ["nan", "skip"]),
  );
