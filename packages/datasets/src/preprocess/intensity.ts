import type { AnyArray } from "@ddl/core";
import { DataError, expectNumber, expectOptions, expectRank, RangeArgumentError, toContiguous } from "@ddl/core";
import { percentile } from "@ddl/ndimage";
import type { NdArray } from "ndarray";

/** Options of {@link rescalePercentiles}. */
export interface RescaleOptions {
  /** Percentile that becomes 0. Default 10. */
  low?: number;
  /** Percentile that becomes 1. Default 99. */
  high?: number;
}

/**
 * Maps two percentiles of all values, every channel and the background together, to 0 and 1, and clips to them.
 *
 * @param image finite values, any shape of at least one element
 * @returns a float64 copy in [0, 1]
 * @throws RangeArgumentError unless 0 ≤ low < high ≤ 100; DataError if the percentiles are equal
 * @example `rescalePercentiles(volume, { low: 10, high: 99 })`
 *
 * Source: Buda et al. 2019 (`buda2019`), published code.
 */
export function rescalePercentiles(image: NdArray<AnyArray>, options: RescaleOptions = {}): NdArray<Float64Array> {
  const { low = 10, high = 99 } = expectOptions("rescalePercentiles", options, ["low", "high"]);
  expectNumber("rescalePercentiles", "low", low, { min: 0, max: 100 });
  expectNumber("rescalePercentiles", "high", high, { min: 0, max: 100 });
  if (low >= high) {
    const expected = `be greater than low, ${low}`;
    throw new RangeArgumentError({ functionName: "rescalePercentiles", argument: "high", expected, received: high });
  }
  const [from, to] = percentile(image, [low, high]) as [number, number];
  if (from === to) {
    throw new DataError(
      "rescalePercentiles",
      "the image",
      `must differ between percentiles ${low} and ${high}; both are ${from}.`,
    );
  }
  const result = toContiguous(image, Float64Array);
  for (let i = 0; i < result.data.length; i++) {
    result.data[i] = (Math.min(to, Math.max(from, result.data[i]!)) - from) / (to - from);
  }
  return result;
}

/** Options of {@link zScore}. */
export interface ZScoreOptions {
  /** Added to the standard deviation, ≥ 0. Default 0: a constant channel is then an error. */
  epsilon?: number;
}

/**
 * Subtracts the mean of each channel and divides by its population standard deviation, both over the whole volume.
 *
 * @param image (slices, rows, columns, channels)
 * @returns a float64 copy
 * @throws ShapeError for another rank; DataError for a constant channel, unless `epsilon` is positive
 * @example `zScore(volume)`
 *
 * Source: Buda et al. 2019 (`buda2019`), published code, which gives NaN for a constant channel.
 */
export function zScore(image: NdArray<AnyArray>, options: ZScoreOptions = {}): NdArray<Float64Array> {
  const { epsilon = 0 } = expectOptions("zScore", options, ["epsilon"]);
  expectNumber("zScore", "epsilon", epsilon, { min: 0 });
  expectRank("zScore", "image", image, 4);
  const result = toContiguous(image, Float64Array);
  const { data } = result;
  const channels = result.shape[3]!;
  const count = data.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let i = channel; i < data.length; i += channels) sum += data[i]!;
    const mean = sum / count;
    let squares = 0;
    for (let i = channel; i < data.length; i += channels) squares += (data[i]! - mean) ** 2;
    const deviation = Math.sqrt(squares / count) + epsilon;
    if (deviation === 0)
      throw new DataError("zScore", "the image", `must vary in each channel; channel ${channel} is constant.`);
    for (let i = channel; i < data.length; i += channels) data[i] = (data[i]! - mean) / deviation;
  }
  return result;
}
