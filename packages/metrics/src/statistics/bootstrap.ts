import { ArgumentError, expectNumber, expectOneOf, expectOptions, Random } from "@ddl/core";
import { normalLower, normalQuantile } from "./normal.js";
import { expectPairs, expectSample } from "./samples.js";

/** A number that describes a sample. */
export type Statistic = "mean" | "median" | ((values: Float64Array) => number);

/** Options of {@link bootstrapInterval} and {@link bootstrapDifference}. */
export interface BootstrapOptions {
  /** Default `mean`. */
  statistic?: Statistic;
  /** `bca` (default): corrected for bias and acceleration; `percentile`: the percentiles of the resampled statistics. */
  method?: "bca" | "percentile";
  /** Confidence level in (0, 1). Default 0.95. */
  level?: number;
  /** Number of resamples, ≥ 1. Default 9999. */
  resamples?: number;
  /** Seed of the random numbers: the same seed, the same interval. Default 0. */
  seed?: number;
}

/** Result of {@link bootstrapInterval} and {@link bootstrapDifference}. */
export interface BootstrapResult {
  /** The statistic of the values themselves. */
  estimate: number;
  low: number;
  high: number;
  /** Standard deviation of the resampled statistics. */
  standardError: number;
}

/**
 * Bootstrap confidence interval of a statistic. Values are to be independent: one a case, or better one a patient, never one a voxel.
 *
 * Where the resampled statistics do not vary, `bca` is undefined: NaN.
 *
 * @param values finite numbers, at least two
 * @throws ShapeError for fewer; RangeArgumentError for a NaN (leave undefined scores out yourself, and say how many)
 * @example `bootstrapInterval(diceOfEachPatient, { statistic: "median", level: 0.95, seed: 7 })`
 *
 * Cost: `resamples` times the statistic. Source: Efron 1987 (`efron1987`).
 */
export function bootstrapInterval(values: ArrayLike<number>, options: BootstrapOptions = {}): BootstrapResult {
  const { statistic, ...settings } = resolve("bootstrapInterval", options);
  const sample = expectSample("bootstrapInterval", "values", values, 2);
  return bootstrap(sample.length, (indices) => statistic(pick(sample, indices)), settings);
}

/**
 * Bootstrap confidence interval of statistic(x) − statistic(y) of paired samples: both are resampled by the same cases. Note that the
 * difference of medians is not the median of differences; that is `bootstrapInterval` of the differences.
 *
 * @param x finite numbers, at least two
 * @param y as many
 * @throws as {@link bootstrapInterval}; ShapeError if the lengths differ
 * @example `bootstrapDifference(diceOfOurs, diceOfTheirs).low > 0`
 */
export function bootstrapDifference(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: BootstrapOptions = {},
): BootstrapResult {
  const { statistic, ...settings } = resolve("bootstrapDifference", options);
  const [a, b] = expectPairs("bootstrapDifference", x, y, 2);
  return bootstrap(a.length, (indices) => statistic(pick(a, indices)) - statistic(pick(b, indices)), settings);
}

interface Settings {
  method: "bca" | "percentile";
  level: number;
  resamples: number;
  seed: number;
}

function resolve(
  functionName: string,
  options: BootstrapOptions,
): Settings & { statistic: (values: Float64Array) => number } {
  const {
    statistic = "mean",
    method = "bca",
    level = 0.95,
    resamples = 9999,
    seed = 0,
  } = expectOptions(functionName, options, ["statistic", "method", "level", "resamples", "seed"]);
  expectOneOf(functionName, "method", method, ["bca", "percentile"]);
  expectNumber(functionName, "level", level, { above: 0, below: 1 });
  expectNumber(functionName, "resamples", resamples, { integer: true, min: 1 });
  expectNumber(functionName, "seed", seed, { integer: true });
  if (typeof statistic !== "function" && statistic !== "mean" && statistic !== "median") {
    const expected = 'be "mean", "median" or a function';
    throw new ArgumentError({ functionName, argument: "statistic", expected, received: statistic });
  }
  const chosen = statistic === "mean" ? mean : statistic === "median" ? median : statistic;
  const checked = (values: Float64Array): number => {
    const received: unknown = chosen(values);
    if (typeof received === "number") return received;
    throw new ArgumentError({ functionName, argument: "statistic", expected: "return a number", received });
  };
  return { statistic: checked, method, level, resamples, seed };
}

function bootstrap(n: number, statisticOf: (indices: Int32Array) => number, settings: Settings): BootstrapResult {
  const random = Random.fromSeed(settings.seed);
  const identity = Int32Array.from({ length: n }, (_, k) => k);
  const estimate = statisticOf(identity);
  const indices = new Int32Array(n);
  const resampled = Float64Array.from({ length: settings.resamples }, () =>
    statisticOf(indices.map(() => random.integer(n))),
  );
  const leftOut = settings.method === "bca" ? identity : [];
  const jackknife = Float64Array.from(leftOut, (k) => statisticOf(identity.filter((j) => j !== k)));
  const [low, high] = intervalOf(resampled, settings, estimate, jackknife);
  const center = mean(resampled);
  const squares = resampled.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return { estimate, low, high, standardError: Math.sqrt(squares / Math.max(1, resampled.length - 1)) };
}

/** The interval from resampled statistics; for `bca` also from the estimate and the statistics with each value left out. */
export function intervalOf(
  resampled: Float64Array,
  { method, level }: Pick<Settings, "method" | "level">,
  estimate: number,
  jackknife: Float64Array,
): [number, number] {
  const sorted = resampled.slice().sort();
  const ends = [(1 - level) / 2, (1 + level) / 2];
  if (method === "percentile") return ends.map((share) => percentileOf(sorted, share)) as [number, number];
  const below = resampled.filter((value) => value < estimate).length;
  const atOrBelow = resampled.filter((value) => value <= estimate).length;
  const bias = normalQuantile((below + atOrBelow) / (2 * resampled.length));
  const center = mean(jackknife);
  const powers = (power: number): number => jackknife.reduce((sum, value) => sum + (center - value) ** power, 0);
  const acceleration = powers(3) / (6 * powers(2) ** 1.5);
  return ends.map((share) => {
    const shifted = bias + normalQuantile(share);
    return percentileOf(sorted, normalLower(bias + shifted / (1 - acceleration * shifted)));
  }) as [number, number];
}

/** numpy's linear percentile of sorted values; NaN for a share that is NaN. */
function percentileOf(sorted: Float64Array, share: number): number {
  if (Number.isNaN(share)) return Number.NaN;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  return position === below ? low : low + (sorted[below + 1]! - low) * (position - below);
}

function pick(values: Float64Array, indices: Int32Array): Float64Array {
  return Float64Array.from(indices, (k) => values[k]!);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: Float64Array): number {
  return percentileOf(values.slice().sort(), 0.5);
}
