import type { AnyArray } from "@ddl/core";
import { expectEvery } from "../input/expectEvery.js";
import type { ArrayInput } from "../input/values.js";
import { readPair } from "../input/values.js";

/** Checked labels of 0 and 1 and their scores. `unit`: the scores are probabilities. @throws ShapeError, RangeArgumentError */
export function readScores(
  functionName: string,
  reference: ArrayInput,
  prediction: ArrayInput,
  unit = false,
): [AnyArray, AnyArray] {
  const [{ data: labels }, { data: scores }] = readPair(functionName, reference, prediction);
  expectEvery(functionName, "reference", labels, "hold labels 0 and 1", (value) => value === 0 || value === 1);
  if (unit) expectProbabilities(functionName, scores);
  return [labels, scores];
}

/** Checks that every value is a probability. @throws RangeArgumentError */
export function expectProbabilities(functionName: string, scores: AnyArray): void {
  expectEvery(functionName, "prediction", scores, "hold probabilities 0 … 1", (value) => value >= 0 && value <= 1);
}
