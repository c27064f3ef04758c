import { DdlError, expectNumber, expectOneOf, expectOptions } from "@ddl/core";

/**
 * What a metric gives where a mask is empty. `worst` is 0 for a score, and for a distance the distance between opposite corners of
 * the image; a number stands for itself.
 */
export type EmptyValue = "nan" | "one" | "zero" | "infinity" | "worst" | "error" | number;

const words = { nan: Number.NaN, one: 1, zero: 0, infinity: Number.POSITIVE_INFINITY, worst: 0, error: 0 };

/** Says what a metric gives where it is undefined or where tools disagree. */
export interface EmptyPolicy {
  /** Neither mask has a pixel inside. Default `"nan"`: undefined, to be counted. */
  bothEmpty?: EmptyValue;
  /** Exactly one mask has none. Default `"worst"`. */
  oneEmpty?: EmptyValue;
  /** Only the reference has none, if that differs. Default: `oneEmpty`. */
  referenceEmpty?: EmptyValue;
  /** Only the prediction has none, if that differs. Default: `oneEmpty`. */
  predictionEmpty?: EmptyValue;
}

/** Checks a policy and fills in its defaults. */
export function resolvePolicy(functionName: string, policy: EmptyPolicy = {}): Required<EmptyPolicy> {
  const { bothEmpty = "nan", oneEmpty = "worst" } = policy;
  const resolved = { bothEmpty, oneEmpty, referenceEmpty: oneEmpty, predictionEmpty: oneEmpty, ...policy };
  const keys = ["bothEmpty", "oneEmpty", "referenceEmpty", "predictionEmpty"] as const;
  expectOptions(functionName, policy, keys);
  for (const key of keys) {
    const argument = `emptyPolicy.${key}`;
    if (typeof resolved[key] === "number") expectNumber(functionName, argument, resolved[key]);
    else expectOneOf(functionName, argument, resolved[key], Object.keys(words));
  }
  return resolved;
}

/**
 * What the policy says about two masks, or undefined where neither is empty.
 * @throws DdlError (code `data`) where it says `"error"`
 */
export function emptyValue(
  functionName: string,
  policy: Required<EmptyPolicy>,
  noReference: boolean,
  noPrediction: boolean,
  worst: number,
): number | undefined {
  if (!noReference && !noPrediction) return undefined;
  const which = noReference ? (noPrediction ? "bothEmpty" : "referenceEmpty") : "predictionEmpty";
  const value = policy[which];
  if (value === "error") {
    const what = {
      bothEmpty: "both masks are",
      referenceEmpty: "the reference is",
      predictionEmpty: "the prediction is",
    };
    throw new DdlError("data", `${functionName}: ${what[which]} empty, and emptyPolicy says "error".`);
  }
  if (value === "worst") return worst;
  return typeof value === "number" ? value : words[value];
}
