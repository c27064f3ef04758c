import { expectNumber, expectOneOf, expectOptions, ShapeError } from "@ddl/core";
import { expectEvery } from "../input/expectEvery.js";
import type { ArrayInput } from "../input/values.js";
import { readValues } from "../input/values.js";
import { expectProbabilities, readScores } from "./readScores.js";

/** Options of {@link reliabilityCurve} and {@link expectedCalibrationError}. */
export interface ReliabilityOptions {
  /** Number of bins of equal width. Default 15, as torchmetrics; MetricsReloaded takes 10. */
  bins?: number;
  /** Bin k of N is [k/N, (k+1)/N) (`left-closed`, default, as torchmetrics) or (k/N, (k+1)/N] (`right-closed`, as Guo 2017). */
  binEdges?: "left-closed" | "right-closed";
  /**
   * Where the probability at the open end goes, 1 or 0: `join` (default), into the bin beside it; `separate`, into one more
   * bin after the others (torchmetrics); `drop`, nowhere, and it leaves the total (MetricsReloaded).
   */
  openEnd?: "join" | "separate" | "drop";
}

/** Result of {@link reliabilityCurve}, one entry a bin. */
export interface ReliabilityCurve {
  counts: Float64Array;
  /** Mean predicted probability, NaN in an empty bin. */
  confidence: Float64Array;
  /** Share of correct predictions (two classes: of label 1), NaN in an empty bin. */
  accuracy: Float64Array;
}

/**
 * How often predictions of each confidence are right: the bins of a reliability diagram.
 *
 * Two classes: confidence is the probability of label 1, accuracy the share of label 1. Several: confidence is the largest
 * probability of an element, accuracy the share in which that class (the first of equals) is the label.
 *
 * @param reference labels 0 and 1, any shape; or labels 0 … K − 1
 * @param prediction probabilities of label 1, the same shape; or of each class, the same shape with K ≥ 2 as one more axis at the end
 * @throws ShapeError for other shapes; RangeArgumentError for a label out of range, a NaN or a value outside [0, 1]
 * @example `reliabilityCurve(labels, probabilities, { bins: 10 }).accuracy`
 *
 * Source: Guo, Pleiss, Sun and Weinberger 2017 (`guo2017`), equations 2 and 3 for several classes.
 */
export function reliabilityCurve(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: ReliabilityOptions = {},
): ReliabilityCurve {
  return binned("reliabilityCurve", reference, prediction, options);
}

/** {@link reliabilityCurve} under the name of the function that is to blame for a bad argument. */
export function binned(
  functionName: string,
  reference: ArrayInput,
  prediction: ArrayInput,
  options: ReliabilityOptions,
): ReliabilityCurve {
  expectOptions(functionName, options, ["bins", "binEdges", "openEnd"]);
  const { bins = 15, binEdges = "left-closed", openEnd = "join" } = options;
  expectNumber(functionName, "bins", bins, { integer: true, min: 1, max: 1e6 });
  expectOneOf(functionName, "binEdges", binEdges, ["left-closed", "right-closed"]);
  expectOneOf(functionName, "openEnd", openEnd, ["join", "separate", "drop"]);
  const { length, at } = readConfidences(functionName, reference, prediction);
  const counts = new Float64Array(bins + (openEnd === "separate" ? 1 : 0));
  const confidence = new Float64Array(counts.length);
  const accuracy = new Float64Array(counts.length);
  const left = binEdges === "left-closed";
  for (let i = 0; i < length; i++) {
    const [p, hit] = at(i);
    let k = Math.round(p * bins);
    // Edges are k/N: the product alone puts 0.3 on either side of one.
    if (left ? p < k / bins : p <= k / bins) k--;
    if (left ? k === bins : k < 0) {
      if (openEnd === "drop") continue;
      k = openEnd === "separate" ? bins : left ? bins - 1 : 0;
    }
    counts[k]!++;
    confidence[k]! += p;
    accuracy[k]! += hit;
  }
  const mean = (sum: number, k: number): number => sum / counts[k]!;
  return { counts, confidence: confidence.map(mean), accuracy: accuracy.map(mean) };
}

interface Confidences {
  length: number;
  at: (i: number) => readonly [confidence: number, hit: number];
}

function readConfidences(functionName: string, reference: ArrayInput, prediction: ArrayInput): Confidences {
  const { data: labels, shape } = readValues(functionName, "reference", reference);
  const { data: p, shape: wide } = readValues(functionName, "prediction", prediction);
  if (wide.join() === shape.join()) {
    readScores(functionName, reference, prediction, true);
    return { length: p.length, at: (i) => [p[i]!, labels[i]!] };
  }
  const classes = wide[wide.length - 1]!;
  if (wide.slice(0, -1).join() !== shape.join() || classes < 2) {
    const text = shape.join(", ");
    const expected = `have shape [${text}] or, with K ≥ 2 classes, [${text}, K]`;
    throw new ShapeError({ functionName, argument: "prediction", expected, received: wide });
  }
  const fits = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < classes;
  expectEvery(functionName, "reference", labels, `hold labels 0 … ${classes - 1}`, fits);
  expectProbabilities(functionName, p);
  const at = (i: number): readonly [number, number] => {
    let best = 0;
    for (let k = 1; k < classes; k++) if (p[i * classes + k]! > p[i * classes + best]!) best = k;
    return [p[i * classes + best]!, labels[i] === best ? 1 : 0];
  };
  return { length: labels.length, at };
}
