/** A summary of the scores of many cases. */
export interface Summary {
  /** Number of defined values. */
  count: number;
  /** Number of NaN: cases in which the metric is undefined. They enter nothing else. */
  undefined: number;
  /** Number of infinities among the defined values: with one, the mean is infinite or NaN. */
  infinite: number;
  mean: number;
  /** Of a sample: n − 1 in the denominator. NaN for fewer than two values, or with an infinity among them. */
  standardDeviation: number;
  median: number;
  /** First quartile. */
  q1: number;
  /** Third quartile. */
  q3: number;
  min: number;
  max: number;
}

/**
 * Mean, standard deviation, median, quartiles and range of scores; undefined ones (NaN) are counted beside them, never dropped in silence.
 *
 * Quartiles are numpy's linear ones. An infinity stays: the mean is then infinite, while median and quartiles remain usable.
 * Without any defined value every statistic is NaN.
 *
 * @param values scores in any order; not modified
 * @example `summarize([0.8, 0.9, Number.NaN]) // { count: 2, undefined: 1, mean: 0.85, … }`
 */
export function summarize(values: ArrayLike<number>): Summary {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const count = sorted.length;
  const at = (share: number): number => {
    if (count === 0) return Number.NaN;
    const position = (count - 1) * share;
    const below = Math.floor(position);
    const low = sorted[below]!;
    const high = sorted[Math.min(below + 1, count - 1)]!;
    // At a value, and between equal ones, there is nothing to interpolate: an infinity would make it NaN.
    return low === high || position === below ? low : low + (high - low) * (position - below);
  };
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  return {
    count,
    undefined: values.length - count,
    infinite: sorted.filter((value) => Math.abs(value) === Number.POSITIVE_INFINITY).length,
    mean,
    standardDeviation: Math.sqrt(
      sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count > 1 ? count - 1 : Number.NaN),
    ),
    median: at(0.5),
    q1: at(0.25),
    q3: at(0.75),
    min: at(0),
    max: at(1),
  };
}
