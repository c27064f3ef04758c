import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOptions, RangeArgumentError } from "@ddl/core";
import type { NdArray } from "ndarray";
import { finiteValues } from "../finiteValues.js";

/** Options of {@link otsu}. */
export interface OtsuOptions {
  /** Number of bins for floating-point values, an integer from 2 to 10⁶. Default 256. */
  bins?: number;
}

/**
 * Otsu's threshold of all values of an array (scikit-image's `threshold_otsu`); foreground is what lies above it.
 *
 * Floating-point arrays use even bins over their range and give a bin's centre, float32 arrays with edges and centres rounded to
 * float32; integer arrays use a bin for each value and give a value. A constant array gives its value.
 *
 * @param array any shape, at least one element, finite values
 * @throws RangeArgumentError for an empty array or a value that is not finite
 * @example `const foreground = otsu(image)`
 *
 * Source: Otsu 1979 (`otsu1979`).
 */
export function otsu(array: NdArray<AnyArray>, options: OtsuOptions = {}): number {
  const { bins = 256 } = expectOptions("otsu", options, ["bins"]);
  expectNumber("otsu", "bins", bins, { integer: true, min: 2, max: 1e6 });
  const { data } = finiteValues("otsu", "array", array);
  if (data.length === 0) {
    throw new RangeArgumentError({
      functionName: "otsu",
      argument: "array",
      expected: "have at least one element",
      received: array.shape,
    });
  }
  let low = data[0]!;
  let high = data[0]!;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) return low;
  const single = array.data instanceof Float32Array;
  const floating = Array.isArray(array.data) || single || array.data instanceof Float64Array;
  const { counts, centres } = floating
    ? floatHistogram(data, low, high, bins, single)
    : integerHistogram(data, low, high);
  return centres[bestSplit(counts, centres)]!;
}

interface Histogram {
  counts: Float64Array;
  centres: Float64Array;
}

/** Values this far apart at most have a bin each; otherwise only those that occur, which has the same first maximum. */
const denseRange = 1 << 16;

function integerHistogram(data: Float64Array, low: number, high: number): Histogram {
  if (high - low >= denseRange) {
    const occurrences = new Map<number, number>();
    for (const value of data.slice().sort()) occurrences.set(value, (occurrences.get(value) ?? 0) + 1);
    return { counts: Float64Array.from(occurrences.values()), centres: Float64Array.from(occurrences.keys()) };
  }
  const counts = new Float64Array(high - low + 1);
  for (const value of data) counts[value - low]!++;
  return { counts, centres: Float64Array.from(counts, (_, k) => low + k) };
}

function floatHistogram(data: Float64Array, low: number, high: number, bins: number, single: boolean): Histogram {
  const round = single ? Math.fround : (value: number): number => value;
  const step = (high - low) / bins;
  const edges = Float64Array.from({ length: bins + 1 }, (_, k) => (k === bins ? high : round(low + k * step)));
  const counts = new Float64Array(bins);
  const scale = round(bins / round(high - low));
  for (const value of data) {
    let bin = Math.min(bins - 1, Math.floor(round(round(value - low) * scale)));
    // The product above may round across an edge: the edges decide.
    if (value < edges[bin]!) bin--;
    else if (bin < bins - 1 && value >= edges[bin + 1]!) bin++;
    counts[bin]!++;
  }
  return { counts, centres: Float64Array.from(counts, (_, k) => round(round(edges[k]! + edges[k + 1]!) / 2)) };
}

/** The bin after which splitting separates the two means most: first maximum of w1·w2·(m1 − m2)². */
function bestSplit(counts: Float64Array, centres: Float64Array): number {
  const n = counts.length;
  const weightAbove = new Float64Array(n);
  const sumAbove = new Float64Array(n);
  for (let k = n - 1, weight = 0, sum = 0; k >= 0; k--) {
    weight += counts[k]!;
    sum += counts[k]! * centres[k]!;
    weightAbove[k] = weight;
    sumAbove[k] = sum;
  }
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let k = 0, weight = 0, sum = 0; k < n - 1; k++) {
    weight += counts[k]!;
    sum += counts[k]! * centres[k]!;
    const difference = sum / weight - sumAbove[k + 1]! / weightAbove[k + 1]!;
    const score = weight * weightAbove[k + 1]! * difference * difference;
    if (score > bestScore) {
      bestScore = score;
      best = k;
    }
  }
  return best;
}
