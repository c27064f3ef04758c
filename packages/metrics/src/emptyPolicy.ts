import { DdlError, expectOneOf, expectOptions } from "@ddl/core";

/** What a metric gives where a mask is empty. */
export type EmptyValue = "nan" | "one" | "zero" | "infinity" | "worst" | "error";

const values = ["nan", "one", "zero", "infinity", "worst", "error"] as const;

/** Says what a metric gives where it is undefined or where tools disagree. */
export interface EmptyPolicy {
  /** Neither mask has a pixel inside. Default `"nan"`: undefined, to be counted. */
  bothEmpty?: EmptyValue;
  /** Exactly one mask has none. Default `"worst"`: 0 for a score, the image's diagonal for a distance. */
  oneEmpty?: EmptyValue;
}

/** Options of the overlap scores. */
export interface ScoreOptions {
  emptyPolicy?: EmptyPolicy;
}

/** Checks a policy and fills in its defaults. */
export function resolvePolicy(functionName: string, policy: EmptyPolicy = {}): Required<EmptyPolicy> {
  const { bothEmpty = "nan", oneEmpty = "worst" } = expectOptions(functionName, policy, ["bothEmpty", "oneEmpty"]);
  expectOneOf(functionName, "emptyPolicy.bothEmpty", bothEmpty, values);
  expectOneOf(functionName, "emptyPolicy.oneEmpty", oneEmpty, values);
  return { bothEmpty, oneEmpty };
}

/** The number a policy's word stands for. @throws DdlError for `"error"` */
export function emptyValue(
  functionName: string,
  value: EmptyValue,
  which: "both masks are" | "one mask is",
  worst: number,
): number {
  switch (value) {
    case "nan":
      return Number.NaN;
    case "one":
      return 1;
    case "zero":
      return 0;
    case "infinity":
      return Number.POSITIVE_INFINITY;
    case "worst":
      return worst;
    case "error":
      throw new DdlError("data", `${functionName}: ${which} empty, and emptyPolicy says "error".`);
  }
}
