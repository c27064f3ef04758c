import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import { emptyValue, resolvePolicy } from "../empty/emptyPolicy.js";
import type { OverlapScore } from "./makeScore.js";
import { makeScore } from "./makeScore.js";
import type { ClassOptions, Counts } from "./matrix.js";

/** Options of the scores of the foreground. */
export interface ScoreOptions extends ClassOptions {
  /** Default: both empty `"nan"`, one empty `"worst"`, which is 0. */
  emptyPolicy?: EmptyPolicy;
}

/** Makes a score from its formula for one class against the rest. `keys` names its own options. */
export function classScore<O extends ClassOptions>(
  functionName: string,
  keys: readonly string[],
  prepare: (options: O) => (...counts: Counts) => number,
): OverlapScore<O> {
  return makeScore(functionName, ["average", "background", "undefinedClasses", ...keys], (options: O) => {
    const score = prepare(options);
    return (matrix) => {
      const [tn, fp, fn, tp] = matrix.counts as unknown as Counts;
      return matrix.averageClasses?.(functionName, score, options) ?? score(tp, fp, fn, tn);
    };
  });
}

/** Makes a score of the foreground, for which `emptyPolicy` speaks wherever a mask is empty. */
export function foregroundScore<O extends ScoreOptions = ScoreOptions>(
  functionName: string,
  formula: (tp: number, fp: number, fn: number, options: O) => number,
  keys: readonly string[] = [],
  check: (options: O) => unknown = Object,
): OverlapScore<O> {
  return classScore(functionName, ["emptyPolicy", ...keys], (options: O) => {
    const policy = resolvePolicy(functionName, options.emptyPolicy);
    check(options);
    return (tp, fp, fn) => emptyValue(functionName, policy, !(tp + fn), !(tp + fp), 0) ?? formula(tp, fp, fn, options);
  });
}
