import { expectOneOf } from "@ddl/core";
import { countsOf } from "./classCounts.js";
import type { ClassOptions, ConfusionMatrix, Counts } from "./matrix.js";

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
