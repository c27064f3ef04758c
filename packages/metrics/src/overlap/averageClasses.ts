import { expectOneOf } from "@ddl/core";
import type { Counts } from "./classCounts.js";
import { countsOf } from "./classCounts.js";
import type { ConfusionMatrix } from "./confusionMatrix.js";

/** How the scores of several classes become one. Two masks have but one class: no effect on them. */
export interface ClassOptions {
  /** Class 0 is a class like the others. Default false: only the classes 1 … count. */
  background?: boolean;
  /**
   * `macro` (default): the mean of the classes' scores; `micro`: the score of their summed counts; `weighted`: the mean weighted by the
   * size of each class in the reference.
   */
  average?: "macro" | "micro" | "weighted";
  /** What a class without a defined score does to the mean: `nan` (default) makes it undefined, `skip` leaves the class out. */
  undefinedClasses?: "nan" | "skip";
}

/** One score of all classes from the score of one against the rest. */
export function averageClasses(
  matrix: Pick<ConfusionMatrix, "classes" | "counts">,
  functionName: string,
  score: (...counts: Counts) => number,
  options: ClassOptions,
): number {
  const { average = "macro", undefinedClasses = "nan", background = false } = options;
  expectOneOf(functionName, "average", average, ["macro", "micro", "weighted"]);
  expectOneOf(functionName, "undefinedClasses", undefinedClasses, ["nan", "skip"]);
  expectOneOf(functionName, "background", background, [true, false] as never[]);
  let all: Counts[] = [];
  for (let k = background ? 0 : 1; k < matrix.classes; k++) all.push(countsOf(matrix, k));
  if (average === "micro") all = [all.reduce((a, b) => a.map((n, k) => n + b[k]!) as Counts)];
  let sum = 0;
  let weights = 0;
  for (const counts of all) {
    const value = score(...counts);
    if (undefinedClasses === "skip" && Number.isNaN(value)) continue;
    const weight = average === "weighted" && all.length > 1 ? counts[0] + counts[2] : 1;
    sum += weight * value;
    weights += weight;
  }
  return sum / weights;
}
