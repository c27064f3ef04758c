import { longRows, sumRows } from "../batchNorm/simd.js";
import { chunkItems, type KernelHost, roundUp, withMemory } from "../kernelHost.js";

/** What both directions need; addresses in bytes. */
interface GroupNormShape {
  /** (batch, pixels, channels). */
  readonly x: number;
  /** (batch, groups). */
  readonly mean: number;
  /** (batch, groups), of the population: the sum of squared deviations over the number of values. */
  readonly variance: number;
  /** A float a channel; absent: 1. */
  readonly scale?: number | undefined;
  readonly epsilon: number;
  readonly batch: number;
  /** Of one image. */
  readonly pixels: number;
  readonly channels: number;
  /** A divisor of `channels`. */
  readonly groups: number;
}

/** Arguments of {@link groupNormalize}. */
export interface GroupNormArguments extends GroupNormShape {
  readonly out: number;
  /** A float a channel; absent: 0. */
  readonly offset?: number | undefined;
}

/**
 * out = (x - mean) * scale / sqrt(variance + epsilon) + offset with mean and variance of each image and group of neighbouring channels,
 * which are also results: two passes over x. Precise however large the mean is. Without pixels both are NaN.
 */
export function groupNormalize(host: KernelHost, args: GroupNormArguments): void {
  const { x, out, mean, variance, scale = 0, offset = 0, epsilon, batch, pixels, channels, groups } = args;
  if (batch === 0 || channels === 0) return;
  const sums = sumRows(pixels, channels);
  withMemory(host, batch * sums.chunks * channels * 16, (partials) => {
    const parts = units(batch, sums.chunks, pixels * channels * 4);
    host.parallelFor(
      "groupMoments",
      parts.chunks,
      [
        ...[x, partials, pixels, channels, sums.repeat, sums.rowsPerBlock, sums.rowsPerChunk],
        ...[sums.chunks, parts.items, parts.perChunk],
      ],
      3 * roundUp(channels * sums.repeat * 4, 16),
    );
    withMemory(host, batch * channels * 12, (tables) => {
      const finish = chunkItems(batch * groups, (channels / groups) * sums.chunks * 8);
      host.parallelFor("groupMomentsFinish", finish.chunks, [
        ...[partials, sums.chunks, mean, variance, scale, offset, epsilon, tables, pixels, channels, groups],
        ...[sums.repeat, sums.rowsPerChunk, batch * groups, finish.perChunk],
      ]);
      if (pixels === 0) return;
      const rows = longRows(pixels, channels);
      const applied = units(batch, rows.chunks, pixels * channels * 5);
      host.parallelFor(
        "groupNormalize",
        applied.chunks,
        [
          ...[x, out, tables, pixels * channels, channels, rows.repeat],
          ...[rows.perChunk, rows.chunks, applied.items, applied.perChunk],
        ],
        3 * channels * rows.repeat * 4,
      );
    });
  });
}

/** Arguments of {@link groupNormGradients}: mean and variance are those of {@link groupNormalize}. */
export interface GroupNormGradientsArguments extends GroupNormShape {
  /** Gradient of the output, in the shape of x. */
  readonly gradient: number;
  /** Where each gradient goes; what is absent is not made. That of the input may be `gradient`. */
  readonly inputGradient?: number | undefined;
  readonly scaleGradient?: number | undefined;
  readonly offsetGradient?: number | undefined;
}

/** Gradients of {@link groupNormalize}: one pass over x and the gradient for the sums, another one for the gradient of the input. */
export function groupNormGradients(host: KernelHost, args: GroupNormGradientsArguments): void {
  const { x, gradient, mean, variance, scale = 0, epsilon, pixels, channels, groups } = args;
  const { inputGradient, scaleGradient = 0, offsetGradient = 0 } = args;
  if (channels === 0) return;
  // Images without pixels have no moments, but nothing depends on them either.
  const batch = pixels === 0 ? 0 : args.batch;
  const sums = sumRows(pixels, channels);
  withMemory(host, batch * sums.chunks * channels * 16, (partials) => {
    withMemory(host, inputGradient === undefined ? 0 : batch * channels * 16, (tables) => {
      if (batch > 0) {
        const parts = units(batch, sums.chunks, pixels * channels * 4);
        host.parallelFor(
          "groupNormGradients",
          parts.chunks,
          [
            ...[x, gradient, partials, mean, pixels, channels, groups],
            ...[sums.repeat, sums.rowsPerBlock, sums.rowsPerChunk, sums.chunks, parts.items, parts.perChunk],
          ],
          roundUp(channels * 4, 16) + 4 * roundUp(channels * sums.repeat * 4, 16),
        );
        const finish = chunkItems(batch * groups, (channels / groups) * sums.chunks * 8);
        host.parallelFor("groupNormGradientsFinish", finish.chunks, [
          ...[partials, sums.chunks, mean, variance, scale, epsilon, inputGradient === undefined ? 0 : tables],
          ...[pixels, channels, groups, batch * groups, finish.perChunk],
        ]);
      }
      if (scaleGradient !== 0 || offsetGradient !== 0) {
        const { perChunk, chunks } = chunkItems(channels, batch * 4);
        host.parallelFor("groupChannelGradients", chunks, [
          ...[partials, sums.chunks, scaleGradient, offsetGradient, batch, channels, perChunk],
        ]);
      }
      if (inputGradient === undefined || batch === 0) return;
      const rows = longRows(pixels, channels);
      const applied = units(batch, rows.chunks, pixels * channels * 5);
      host.parallelFor(
        "groupNormGradient",
        applied.chunks,
        [
          ...[x, gradient, inputGradient, tables, pixels * channels, channels, rows.repeat],
          ...[rows.perChunk, rows.chunks, applied.items, applied.perChunk],
        ],
        4 * channels * rows.repeat * 4,
      );
    });
  });
}

/** Parts of all images, as items of a job; several small ones make a chunk. */
function units(batch: number, parts: number, workOfImage: number): { items: number; perChunk: number; chunks: number } {
  const items = batch * parts;
  return { items, ...chunkItems(items, workOfImage / parts) };
}
