import type { ConfusionMatrix, Counts } from "./matrix.js";

/** The counts of one class against the rest. */
export interface ClassCounts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/** {@link classCounts} as a list. */
export function countsOf({ classes, counts }: Pick<ConfusionMatrix, "classes" | "counts">, index: number): Counts {
  const result: Counts = [0, 0, 0, 0];
  for (let k = 0; k < counts.length; k++) {
    const row = Math.floor(k / classes);
    const column = k % classes;
    result[(row === index ? 0 : 1) + (column === index ? 0 : 2)]! += counts[k]!;
  }
  return result;
}

/** One class of a matrix against the rest. @example `classCounts(confusionMatrix(truth, mask), 1).truePositives` */
export function classCounts(matrix: Pick<ConfusionMatrix, "classes" | "counts">, index: number): ClassCounts {
  const [truePositives, falsePositives, falseNegatives, trueNegatives] = countsOf(matrix, index);
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}
