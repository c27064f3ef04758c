import type { NumericArray } from "@ddl/core";
import { RangeArgumentError } from "@ddl/core";

/** What is counted: two arrays of one length, and the options of the matrix. */
export interface Labels {
  reference: NumericArray;
  prediction: NumericArray;
  classes: number | undefined;
  ignoreIndex: number | undefined;
  weights: NumericArray | undefined;
}

/** The counts of a confusion matrix, one element after the other: the definition. @throws RangeArgumentError */
export function countLabels(
  functionName: string,
  { reference, prediction, classes, ignoreIndex, weights }: Labels,
): Float64Array {
  const size = classes ?? 2;
  const masks = classes === undefined;
  const counts = new Float64Array(size * size);
  for (let i = 0; i < reference.length; i++) {
    const r = reference[i]!;
    if (r === ignoreIndex) continue;
    const p = prediction[i]!;
    const row = masks ? (r ? 1 : 0) : r;
    const column = masks ? (p ? 1 : 0) : p;
    const weight = weights ? weights[i]! : 1;
    const fits = row >= 0 && row < size && column >= 0 && column < size && (row | 0) === row && (column | 0) === column;
    if (!fits || !(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      const isWrong = (label: number): boolean => !(label >= 0 && label < size && label % 1 === 0);
      const [argument, received] = fits
        ? (["weights", weight] as const)
        : isWrong(row)
          ? (["reference", r] as const)
          : (["prediction", p] as const);
      const expected = fits ? "hold finite numbers ≥ 0" : `hold labels 0 … ${size - 1}`;
      throw new RangeArgumentError({ functionName, argument, expected, received, advice: `This is element ${i}.` });
    }
    counts[row * size + column]! += weight;
  }
  return counts;
}
