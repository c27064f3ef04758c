import { chunkItems, type KernelHost, roundUp, withMemory } from "../kernelHost.js";

/** Sums of fewer channels than this take several pixels together. */
const FEW_CHANNELS = 16;
/** Rows of channel values are made at least this long before they are applied. */
const SHORT_ROW = 64;
/** Floats of a block that is summed column by column: half of a first-level cache. */
const BLOCK_FLOATS = 8192;
/** Most partial results of a channel. */
const MOST_PARTIALS = 64;

/** Addresses in bytes; `x` is (pixels, channels), everything else a float a channel. */
export interface MomentsArguments {
  readonly x: number;
  readonly mean: number;
  /** Of the population: the sum of squared deviations over the number of pixels. */
  readonly variance: number;
  readonly pixels: number;
  readonly channels: number;
}

/**
 * Mean and variance of each channel, in one pass. Precise however large the mean is; a channel with an infinity has neither.
 * Without pixels both are NaN.
 */
export function moments(host: KernelHost, { x, mean, variance, pixels, channels }: MomentsArguments): void {
  if (channels === 0) return;
  const { repeat, rowsPerBlock, rowsPerChunk, chunks } = sumRows(pixels, channels);
  withMemory(host, chunks * channels * 16, (partials) => {
    host.parallelFor(
      "batchMoments",
      chunks,
      [x, partials, pixels, channels, repeat, rowsPerBlock, rowsPerChunk],
      3 * roundUp(channels * repeat * 4, 16),
    );
    const finish = chunkItems(channels, chunks * 8);
    host.parallelFor("batchMomentsFinish", finish.chunks, [
      ...[partials, chunks, mean, variance, pixels, channels, repeat, rowsPerChunk, finish.perChunk],
    ]);
  });
}

/** Addresses in bytes; `x` is (pixels, channels), everything else a float a channel. */
export interface NormalizeArguments {
  readonly x: number;
  /** May be `x`. */
  readonly out: number;
  /** Absent: 0. */
  readonly mean?: number | undefined;
  readonly variance: number;
  /** Absent: 1. */
  readonly scale?: number | undefined;
  /** Absent: 0. */
  readonly offset?: number | undefined;
  readonly epsilon: number;
  /** Whether max(y, 0) is taken. Default false. */
  readonly relu?: boolean | undefined;
  readonly pixels: number;
  readonly channels: number;
}

/** out = (x - mean) * scale / sqrt(variance + epsilon) + offset, in one pass. */
export function normalize(host: KernelHost, args: NormalizeArguments): void {
  const { x, out, mean = 0, variance, scale = 0, offset = 0, epsilon, relu = false, pixels, channels } = args;
  const length = pixels * channels;
  if (length === 0) return;
  const { repeat, perChunk, chunks } = longRows(pixels, channels);
  host.parallelFor(
    "batchNormalize",
    chunks,
    [x, out, mean, variance, scale, offset, epsilon, relu ? 1 : 0, length, channels, repeat, perChunk],
    3 * channels * repeat * 4,
  );
}

/** Addresses in bytes; `x` and gradients of its shape are (pixels, channels), everything else a float a channel. */
export interface BatchNormGradientsArguments {
  readonly x: number;
  /** Gradient of the output. */
  readonly gradient: number;
  readonly mean: number;
  readonly variance: number;
  /** Absent: 1. */
  readonly scale?: number | undefined;
  readonly epsilon: number;
  readonly pixels: number;
  readonly channels: number;
  /** Where each gradient goes; what is absent is not made. That of the input may be `gradient`. */
  readonly inputGradient?: number | undefined;
  readonly meanGradient?: number | undefined;
  readonly varianceGradient?: number | undefined;
  readonly scaleGradient?: number | undefined;
  readonly offsetGradient?: number | undefined;
}

/**
 * Gradients of `normalize` (without relu), where mean and variance are inputs of their own, as in tfjs's FusedBatchNorm. One
 * pass over x and the gradient for all five.
 */
export function batchNormGradients(host: KernelHost, args: BatchNormGradientsArguments): void {
  const { gradient, variance, scale, epsilon, pixels, channels, inputGradient } = args;
  const { meanGradient, varianceGradient, scaleGradient, offsetGradient } = args;
  if ((meanGradient ?? varianceGradient ?? scaleGradient ?? offsetGradient) === undefined) {
    if (inputGradient !== undefined) {
      normalize(host, { x: gradient, out: inputGradient, variance, scale, epsilon, pixels, channels });
    }
    return;
  }
  sumGradients(host, args, inputGradient ?? 0, 0);
}

/**
 * The gradient of the input of a whole batch normalisation: mean and variance are the input's own moments (those of
 * `moments`), and what flows through them is included. Also those of scale and offset; two passes.
 */
export function batchNormTrainingGradients(
  host: KernelHost,
  args: Omit<BatchNormGradientsArguments, "meanGradient" | "varianceGradient"> & { readonly inputGradient: number },
): void {
  const { x, gradient, mean, pixels, channels, inputGradient } = args;
  if (channels === 0) return;
  withMemory(host, channels * 12, (coefficients) => {
    sumGradients(host, args, 0, coefficients);
    const length = pixels * channels;
    if (length === 0) return;
    const { repeat, perChunk, chunks } = longRows(pixels, channels);
    host.parallelFor(
      "batchNormTrainingGradient",
      chunks,
      [x, gradient, inputGradient, mean, coefficients, length, channels, repeat, perChunk],
      4 * channels * repeat * 4,
    );
  });
}

function sumGradients(
  host: KernelHost,
  args: BatchNormGradientsArguments,
  inputGradient: number,
  coefficients: number,
): void {
  const { x, gradient, mean, variance, scale = 0, epsilon, pixels, channels } = args;
  const { meanGradient = 0, varianceGradient = 0, scaleGradient = 0, offsetGradient = 0 } = args;
  if (channels === 0) return;
  const { repeat, rowsPerBlock, rowsPerChunk, chunks } = sumRows(pixels, channels);
  withMemory(host, chunks * channels * 16, (partials) => {
    host.parallelFor(
      "batchNormGradients",
      chunks,
      [
        ...[x, gradient, inputGradient, partials, mean, variance, scale, epsilon],
        ...[pixels, channels, repeat, rowsPerBlock, rowsPerChunk],
      ],
      4 * roundUp(channels * repeat * 4, 16),
    );
    const finish = chunkItems(channels, chunks * 8);
    host.parallelFor("batchNormGradientsFinish", finish.chunks, [
      ...[partials, chunks, variance, scale, epsilon, meanGradient, varianceGradient, scaleGradient, offsetGradient],
      ...[coefficients, pixels, channels, finish.perChunk],
    ]);
  });
}

/** A division of sums over pixels into chunks. */
export interface SumRows {
  /** Pixels side by side in a row. */
  readonly repeat: number;
  readonly rowsPerBlock: number;
  readonly rowsPerChunk: number;
  readonly chunks: number;
}

/** A division of work on single elements into chunks. */
export interface LongRows {
  readonly repeat: number;
  /** Elements of a chunk. */
  readonly perChunk: number;
  readonly chunks: number;
}

/** How sums over pixels are divided: by shape alone, and into few enough parts that merging them costs little. */
export function sumRows(pixels: number, channels: number): SumRows {
  const repeat = channels < FEW_CHANNELS ? 4 * Math.ceil(4 / channels) : 1;
  const rows = Math.floor(pixels / repeat);
  const lanes = channels * repeat;
  const rowsPerBlock = Math.max(16, Math.min(64, Math.floor(BLOCK_FLOATS / lanes)));
  const perChunk = Math.max(chunkItems(rows, lanes * 4).perChunk, Math.ceil(rows / MOST_PARTIALS));
  const rowsPerChunk = roundUp(perChunk, rowsPerBlock);
  return { repeat, rowsPerBlock, rowsPerChunk, chunks: Math.max(1, Math.ceil(rows / rowsPerChunk)) };
}

/** How work on single elements is divided, in whole rows of at least SHORT_ROW floats. */
export function longRows(pixels: number, channels: number): LongRows {
  const repeat = channels < SHORT_ROW ? 4 * Math.ceil(SHORT_ROW / channels / 4) : 1;
  const lanes = channels * repeat;
  const { perChunk, chunks } = chunkItems(Math.ceil(pixels / repeat), lanes * 5);
  return { repeat, perChunk: perChunk * lanes, chunks };
}
