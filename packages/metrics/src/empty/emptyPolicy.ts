import { DdlError, expectOneOf, expectOptions } from "@ddl/core";

/**
 * What a metric gives where it is undefined. `worst` is the lowest value of a score, and for a distance the distance between opposite
 * corners of the image; a number stands for itself; `error` throws.
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

const masks = {
  bothEmpty: "both masks are",
  referenceEmpty: "the reference is",
  predictionEmpty: "the prediction is",
  oneEmpty: "",
};

/** Checks a policy. @throws ArgumentError */
export function resolvePolicy(functionName: string, policy: EmptyPolicy = {}): EmptyPolicy {
  expectOptions(functionName, policy, Object.keys(masks) as (keyof EmptyPolicy)[]);
  for (const [key, value] of Object.entries(policy)) expectEmptyValue(functionName, `emptyPolicy.${key}`, value);
  return policy;
}

/** Checks one value of a policy. @throws ArgumentError */
export function expectEmptyValue(functionName: string, argument: string, value: EmptyValue): void {
  if (typeof value !== "number") expectOneOf(functionName, argument, value, Object.keys(words));
}

/**
 * What the policy says about two masks, or undefined where neither is empty.
 * @throws DdlError (code `data`) where it says `"error"`
 */
export function emptyValue(
  functionName: string,
  policy: EmptyPolicy,
  noReference: boolean,
  noPrediction: boolean,
  worst: number,
): number | undefined {
  const both = noReference && noPrediction;
  const which = both ? "bothEmpty" : noReference ? "referenceEmpty" : noPrediction && "predictionEmpty";
  if (!which) return undefined;
  const value = policy[which] ?? (both ? "nan" : (policy.oneEmpty ?? "worst"));
  return emptyNumber(`${functionName}: ${masks[which]} empty, and emptyPolicy`, value, worst);
}

/** The number that a value of a policy stands for. @throws DdlError (code `data`), whose message `blame` begins, for `"error"` */
export function emptyNumber(blame: string, value: EmptyValue, worst: number): number {
  if (value === "error") throw new DdlError("data", `${blame} says "error".`);
  return { ...words, worst }[value] ?? (value as number);
}
