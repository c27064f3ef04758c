import type { AnyArray } from "@ddl/core";
import { expectRank, expectShape, toMask } from "@ddl/core";
import type { NdArray } from "ndarray";

/** How often reference and prediction agree and differ. */
export interface ConfusionMatrix {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/**
 * Counts the four cases of two masks in one pass.
 *
 * @param reference any shape of one to four axes, any non-zero value is inside
 * @param prediction the same shape
 * @throws ShapeError if the shapes differ
 * @example `const { truePositives } = confusionMatrix(truth, mask)`
 */
export function confusionMatrix(reference: NdArray<AnyArray>, prediction: NdArray<AnyArray>): ConfusionMatrix {
  return countCases("confusionMatrix", reference, prediction);
}

/** {@link confusionMatrix} under the name of the metric that is to blame for a bad argument. */
export function countCases(
  functionName: string,
  reference: NdArray<AnyArray>,
  prediction: NdArray<AnyArray>,
): ConfusionMatrix {
  expectRank(functionName, "reference", reference, [1, 2, 3, 4]);
  expectShape(functionName, "prediction", prediction, reference.shape);
  const r = toMask(reference).data;
  const p = toMask(prediction).data;
  let both = 0;
  let inReference = 0;
  let inPrediction = 0;
  for (let i = 0; i < r.length; i++) {
    both += r[i]! & p[i]!;
    inReference += r[i]!;
    inPrediction += p[i]!;
  }
  return {
    truePositives: both,
    falsePositives: inPrediction - both,
    falseNegatives: inReference - both,
    trueNegatives: r.length - inReference - inPrediction + both,
  };
}
