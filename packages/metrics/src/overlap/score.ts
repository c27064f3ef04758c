import { expectOneOf, expectOptions } from "@ddl/core";
import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import { emptyValue, resolvePolicy } from "../empty/emptyPolicy.js";
import type { ArrayInput } from "../input/values.js";
import type { ClassCounts, ConfusionMatrix, ConfusionMatrixOptions } from "./confusionMatrix.js";
import { classCounts, countLabels } from "./confusionMatrix.js";

/** Options of the overlap scores; those of the matrix have no effect on one that is counted already. */
export interface ScoreOptions extends ConfusionMatrixOptions {
  /** Class 0 is a class like the others. Default false: only the classes 1 … count. */
  background?: boolean;
  /**
   * How several classes become one number: `macro` (default), the mean of their scores; `micro`, the score of their summed counts;
   * `weighted`, the mean weighted by the size of each class in the reference.
   */
  average?: "macro" | "micro" | "weighted";
  /** What a class without a defined score does to the mean: `nan` (default) makes it undefined, `skip` leaves the class out. */
  undefinedClasses?: "nan" | "skip";
  /** Default: both empty `"nan"`, one empty `"worst"`, which is 0. */
  emptyPolicy?: EmptyPolicy;
}

/** A score of two label arrays, or of their confusion matrix. */
export interface OverlapScore<O extends ScoreOptions = ScoreOptions> {
  (reference: ArrayInput, prediction: ArrayInput, options?: O): number;
  (matrix: ConfusionMatrix, options?: O): number;
}

const optionKeys: (keyof ScoreOptions)[] = [
  "classes",
  "ignoreIndex",
  "weights",
  "background",
  "average",
  "undefinedClasses",
  "emptyPolicy",
];

/** Makes a score from its formula for one class against the rest. `extra` names the formula's own options. */
export function overlapScore<O extends ScoreOptions = ScoreOptions>(
  functionName: string,
  formula: (counts: ClassCounts, options: O) => number,
  extra: readonly (keyof O & string)[] = [],
): OverlapScore<O> {
  return (first: ArrayInput | ConfusionMatrix, second?: ArrayInput | O, third?: O) => {
    const isMatrix = first !== null && typeof first === "object" && "counts" in first;
    const options = ((isMatrix ? second : third) ?? {}) as O;
    expectOptions(functionName, options, [...optionKeys, ...extra] as (keyof O & string)[]);
    const { average = "macro", undefinedClasses = "nan", background = false, emptyPolicy } = options;
    expectOneOf(functionName, "average", average, ["macro", "micro", "weighted"]);
    expectOneOf(functionName, "undefinedClasses", undefinedClasses, ["nan", "skip"]);
    expectOneOf(functionName, "background", background, [true, false] as never[]);
    const policy = resolvePolicy(functionName, emptyPolicy);
    const matrix = isMatrix ? first : countLabels(functionName, first, second as ArrayInput, options);
    const one = (counts: ClassCounts): number => {
      const noReference = counts.truePositives + counts.falseNegatives === 0;
      const noPrediction = counts.truePositives + counts.falsePositives === 0;
      return emptyValue(functionName, policy, noReference, noPrediction, 0) ?? formula(counts, options);
    };
    const all: ClassCounts[] = [];
    for (let k = background ? 0 : 1; k < matrix.classes; k++) all.push(classCounts(matrix, k));
    if (average === "micro") return one(all.reduce(sumCounts));
    let sum = 0;
    let weights = 0;
    for (const counts of all) {
      const value = one(counts);
      const weight = average === "macro" ? 1 : counts.truePositives + counts.falseNegatives;
      if (undefinedClasses === "skip" && Number.isNaN(value)) continue;
      sum += weight * value;
      weights += weight;
    }
    return sum / weights;
  };
}

function sumCounts(a: ClassCounts, b: ClassCounts): ClassCounts {
  return {
    truePositives: a.truePositives + b.truePositives,
    falsePositives: a.falsePositives + b.falsePositives,
    falseNegatives: a.falseNegatives + b.falseNegatives,
    trueNegatives: a.trueNegatives + b.trueNegatives,
  };
}
