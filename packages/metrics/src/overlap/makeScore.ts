import { expectOptions } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { countMasks } from "./countMasks.js";
import type { ConfusionMatrix } from "./matrix.js";

/** A score of two masks, in which anything but 0 is inside, or of a confusion matrix, which may have more classes. */
export interface OverlapScore<O> {
  (reference: ArrayInput, prediction: ArrayInput, options?: O): number;
  (matrix: ConfusionMatrix, options?: O): number;
}

/** A matrix; without a way to average classes if it is that of two masks. */
export type Countable = Pick<ConfusionMatrix, "classes" | "counts"> & Partial<ConfusionMatrix>;

/** Makes a score of what turns a matrix into a number; `prepare` checks the options before anything is counted. */
export function makeScore<O extends object>(
  functionName: string,
  keys: readonly string[],
  prepare: (options: O) => (matrix: Countable) => number,
): OverlapScore<O> {
  return (first: ArrayInput | ConfusionMatrix, second?: ArrayInput | O, third?: O) => {
    const counted = Object(first).averageClasses;
    const given = (counted ? second : third) as O | undefined;
    const score = prepare(
      expectOptions(functionName, given === undefined ? ({} as O) : given, keys as (keyof O & string)[]),
    );
    return score(
      counted ? (first as ConfusionMatrix) : countMasks(functionName, first as ArrayInput, second as ArrayInput),
    );
  };
}
