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

/** Makes a score from its formula for one class against the rest. `keys` names its own options, which `prepare` checks. */
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
export function foregroundScore(
  functionName: string,
  formula: (tp: number, fp: number, fn: number) => number,
): OverlapScore<ScoreOptions> {
  return classScore(functionName, ["emptyPolicy"], ({ emptyPolicy }: ScoreOptions) =>
    settleEmpty(functionName, emptyPolicy, formula),
  );
}

/** The formula, with what the policy says in its place wherever a mask is empty. @throws ArgumentError for a policy that is none */
export function settleEmpty(
  functionName: string,
  emptyPolicy: EmptyPolicy | undefined,
  formula: (tp: number, fp: number, fn: number) => number,
): (...counts: Counts) => number {
  const policy = resolvePolicy(functionName, emptyPolicy);
  return (tp, fp, fn) => emptyValue(functionName, policy, !(tp + fn), !(tp + fp), 0) ?? formula(tp, fp, fn);
}
