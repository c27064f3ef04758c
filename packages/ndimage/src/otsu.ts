import type { AnyArray } from "@ddl/core";
import { expectFiniteValues, RangeArgumentError, toContiguous } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * Otsu's threshold of all values of an array (scikit-image's `threshold_otsu`); foreground is what lies above it.
 *
 * Floating-point arrays use 256 even bins over their range and give a bin's centre; integer arrays use a bin for each value and
 * give a value. A constant array gives its value.
 *
 * @param array any shape, at least one element, finite values
 * @throws RangeArgumentError for an empty array or a value that is not finite
 * @example `const foreground = otsu(image)`
 *
 * Source: Otsu 1979 (`otsu1979`).
 */
export function otsu(array: NdArray<AnyArray>): number {
  expectFiniteValues("otsu", "array", array);
  const { data } = toContiguous(array, Float64Array);
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
  const floating =
    Array.isArray(array.data) || array.data instanceof Float32Array || array.data instanceof Float64Array;
  const { counts, centres } = floating ? floatHistogram(data, low, high) : integerHistogram(data, low, high);
  return centres[bestSplit(counts, centres)]!;
}

interface Histogram {
  counts: Float64Array;
  centres: Float64Array;
}

function integerHistogram(data: Float64Array, low: number, high: number): Histogram {
  const counts = new Float64Array(high - low + 1);
  for (const value of data) counts[value - low]!++;
  return { counts, centres: Float64Array.from(counts, (_, k) => low + k) };
}

function floatHistogram(data: Float64Array, low: number, high: number): Histogram {
  const bins = 256;
  const step = (high - low) / bins;
  const edges = Float64Array.from({ length: bins + 1 }, (_, k) => (k === bins ? high : low + k * step));
  const counts = new Float64Array(bins);
  for (const value of data) {
    let bin = Math.min(bins - 1, Math.floor((value - low) * (bins / (high - low))));
    // The product above may round across an edge: the edges decide.
    if (value < edges[bin]!) bin--;
    else if (bin < bins - 1 && value >= edges[bin + 1]!) bin++;
    counts[bin]!++;
  }
  return { counts, centres: Float64Array.from(counts, (_, k) => (edges[k]! + edges[k + 1]!) / 2) };
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
