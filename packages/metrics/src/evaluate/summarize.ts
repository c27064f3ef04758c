/** A summary of the scores of many cases. */
export interface Summary {
  /** Number of defined values. */
  count: number;
  /** Number of NaN: cases in which the metric is undefined. They enter nothing else. */
  undefined: number;
  mean: number;
  median: number;
  /** First quartile. */
  q1: number;
  /** Third quartile. */
  q3: number;
  min: number;
  max: number;
}

/**
 * Mean, median, quartiles and range of scores; undefined ones (NaN) are counted beside them, never dropped in silence.
 *
 * Quartiles are numpy's linear ones. An infinity stays: the mean is then infinite, while median and quartiles remain usable.
 * Without any defined value every statistic is NaN.
 *
 * @example `summarize([0.8, 0.9, Number.NaN]) // { count: 2, undefined: 1, mean: 0.85, … }`
 */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const at = (share: number): number => {
    if (sorted.length === 0) return Number.NaN;
    const position = (sorted.length - 1) * share;
    const below = Math.floor(position);
    const low = sorted[below]!;
    const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
    // Between equal values, infinities among them, there is nothing to interpolate.
    return low === high ? low : low + (high - low) * (position - below);
  };
  return {
    count: sorted.length,
    undefined: values.length - sorted.length,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    median: at(0.5),
    q1: at(0.25),
    q3: at(0.75),
    min: at(0),
    max: at(1),
  };
}
