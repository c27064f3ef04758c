import type { Cancellable } from "@ddl/core";
import { ArgumentError, DdlError, expectOneOf, expectOptions, expectSpacing, throwIfAborted } from "@ddl/core";
import type { ArrayInput, Values } from "../input/values.js";
import { readPair } from "../input/values.js";
import type { ClassNames } from "./classMasks.js";
import { classMask, evaluatedClasses, expectLabels } from "./classMasks.js";
import type { Evaluation, EvaluationFailure, ReductionOrder } from "./evaluation.js";
import { makeEvaluation } from "./evaluation.js";
import { ScoreTable } from "./scoreTable.js";

/** A case: two arrays of one shape, masks or labels. */
export interface EvaluationCase {
  /** Another one for each case. */
  id: string;
  reference: ArrayInput;
  prediction: ArrayInput;
  /** Size of a pixel along each axis; default: that of the options. */
  spacing?: readonly number[];
}

/** The mask of one class: 0 and 1, in C order. */
export type EvaluatedMask = Values<Uint8Array>;

/**
 * What is computed of each class of each case: a number, or several under their own names. `context` holds `spacing` where it is known,
 * so that a function with that option can be given as it is.
 */
export type EvaluationMetric = (
  reference: EvaluatedMask,
  prediction: EvaluatedMask,
  context: { spacing?: readonly number[] },
) => number | object | Promise<number | object>;

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends Cancellable {
  /** By name; a metric that returns a record has its entries' names instead. */
  metrics: Readonly<Record<string, EvaluationMetric>>;
  /** Names by label, `{ 1: "edema", 2: "core" }`, or the number of classes. Default: masks, anything but 0 is inside. */
  classes?: ClassNames;
  /** Evaluates class 0 as well. Default false, unless `classes` names it. */
  background?: boolean;
  /** Size of a pixel along each axis, > 0, of cases without their own. */
  spacing?: readonly number[];
  /** What undefined scores (NaN) do to a summary: `skip` (default) leaves them out and counts them, `nan` makes it NaN. */
  undefinedScores?: "skip" | "nan";
  /** The order of the overall means. Default `["class", "case"]`: a mean over the classes of each case, then over cases. */
  reduction?: ReductionOrder;
  /** Where a metric or a case fails: `throw` (default) an {@link EvaluationError}, or `record` it and go on with NaN. */
  onError?: "throw" | "record";
  /** Called after each case with the number of cases done. */
  onProgress?: (progress: { done: number; id: string }) => void;
}

/** The error of a metric or a case, with all that had been computed. */
export class EvaluationError extends DdlError {
  /** The evaluation so far; what failed is NaN in it, and named in `failures`. */
  readonly partial: Evaluation;

  constructor(message: string, partial: Evaluation, cause: unknown) {
    super("data", message, { cause });
    this.partial = partial;
  }
}

/**
 * Scores of many cases, one in memory at a time, with summaries that count what is undefined.
 *
 * Each class of a case is made a mask once and given to every metric. Of a score 8 bytes are kept. An abort is noticed between metrics.
 *
 * @param cases any iterable, or an async one, which may read them as they are asked for
 * @returns values by case, summaries by class and overall; `JSON.stringify` and `evaluationToCsv` write it
 * @throws EvaluationError with case, class and metric in its message and the evaluation so far in `partial`; the signal's reason;
 * ArgumentError, RangeArgumentError for wrong options
 * @example
 * ```ts
 * const evaluation = await evaluate(cases, {
 *   metrics: { dice: (r, p) => diceScore(r, p), hd95: (r, p, context) => hausdorffDistance(r, p, { percentile: 95, ...context }) },
 *   classes: { 1: "edema", 2: "core" },
 * });
 * evaluation.overall.dice.mean;
 * evaluation.perClass.core.hd95.undefined;
 * ```
 */
export async function evaluate(
  cases: Iterable<EvaluationCase> | AsyncIterable<EvaluationCase>,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const name = "evaluate";
  const {
    metrics,
    classes: classNames,
    background = false,
    spacing,
    undefinedScores = "skip",
    reduction = ["class", "case"],
    onError = "throw",
    signal,
    onProgress,
  } = expectOptions(name, options, optionKeys);
  expectOneOf(name, "undefinedScores", undefinedScores, ["skip", "nan"]);
  expectOneOf(name, "onError", onError, ["throw", "record"]);
  expectOneOf(name, "reduction", String(reduction), ["class,case", "case,class"]);
  const classes = evaluatedClasses(name, classNames, background);
  const functions = Object.entries(metrics ?? {});
  if (functions.length === 0 || functions.some(([, metric]) => typeof metric !== "function")) {
    const expected = "be a record of at least one function";
    throw new ArgumentError({ functionName: name, argument: "metrics", expected, received: metrics });
  }
  const table = new ScoreTable(classes.map((one) => one.name));
  const failures: EvaluationFailure[] = [];
  const finish = (): Evaluation => makeEvaluation({ ...table.parts(), reduction, undefinedScores, failures });
  const fail = (id: string, cause: unknown, className: string | null = null, metric: string | null = null): void => {
    const message = messageOf(cause);
    failures.push({ id, class: className, metric, message });
    if (onError === "record") return;
    const where = metric === null ? `case ${id}` : `metric ${metric} of case ${id}, class ${className},`;
    throw new EvaluationError(`evaluate: ${where} failed: ${message}`, finish(), cause);
  };

  const scoreCase = async (one: EvaluationCase, id: string): Promise<void> => {
    let pair: readonly [Values, Values];
    const context: { spacing?: readonly number[] } = {};
    try {
      pair = readPair(name, one.reference, one.prediction);
      expectLabels(name, "reference", pair[0], classes);
      expectLabels(name, "prediction", pair[1], classes);
      const steps = one.spacing ?? spacing;
      if (steps !== undefined) context.spacing = expectSpacing(name, steps, pair[0].shape.length);
    } catch (error) {
      fail(id, error);
      return;
    }
    for (const each of classes) {
      const [r, p] = [classMask(pair[0], each), classMask(pair[1], each)];
      for (const [metricName, metric] of functions) {
        throwIfAborted(signal);
        try {
          table.set(each.name, metricName, await metric(r, p, { ...context }));
        } catch (error) {
          fail(id, error, each.name, metricName);
        }
      }
    }
  };

  let yielded = performance.now();
  try {
    throwIfAborted(signal);
    for await (const one of cases) {
      throwIfAborted(signal);
      const id = table.add(one?.id);
      await scoreCase(one, id);
      onProgress?.({ done: table.size, id });
      // Without a macrotask in between, nothing could abort cases that are in memory already.
      if (performance.now() - yielded < 20) continue;
      await new Promise((resolve) => setTimeout(resolve));
      yielded = performance.now();
    }
    throwIfAborted(signal);
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof EvaluationError) throw error;
    throw new EvaluationError(`evaluate: stopped after ${table.size} cases: ${messageOf(error)}`, finish(), error);
  }
  return finish();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const optionKeys: (keyof EvaluateOptions)[] = [
  "metrics",
  "classes",
  "background",
  "spacing",
  "undefinedScores",
  "reduction",
  "onError",
  "signal",
  "onProgress",
];
