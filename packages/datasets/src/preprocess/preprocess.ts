import type { AnyArray } from "@ddl/core";
import {
  expectBoolean,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  expectShape,
  toContiguous,
  toMask,
} from "@ddl/core";
import { resize } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import type { Volume } from "../dataset.js";
import type { Box, CropOptions } from "./cropToBrain.js";
import { cropTo, cropToBrain, uncrop } from "./cropToBrain.js";
import type { RescaleOptions, ZScoreOptions } from "./intensity.js";
import { rescalePercentiles, zScore } from "./intensity.js";
import type { Padding } from "./padToSquare.js";
import { padToSquare, unpad } from "./padToSquare.js";

/** Options of {@link preprocess}: each step, or `false` to leave it out. */
export interface PreprocessOptions {
  /** Crop to the brain. Default as {@link CropOptions}. */
  crop?: CropOptions | false;
  /** Pad slices with zeros to squares. Default true. */
  pad?: boolean;
  /** Edge to which slices are resized, in pixels. Default 256. */
  size?: number | false;
  /** Order of the image's interpolation: 0, 1, or 2 (default), the published biquadratic spline. Masks take the nearest pixel. */
  order?: 0 | 1 | 2;
  /** Smooth before shrinking. Default false, as published. */
  antialias?: boolean;
  /** Map percentiles to [0, 1]. Default as {@link RescaleOptions}. */
  rescale?: RescaleOptions | false;
  /** z-score each channel. Default as {@link ZScoreOptions}. */
  normalize?: ZScoreOptions | false;
}

/** The way from a preprocessed grid back to the original one. */
export interface VolumeGeometry {
  /** (slices, rows, columns) before preprocessing. */
  original: readonly [slices: number, rows: number, columns: number];
  /** What was kept of it. */
  box: Box;
  padding: Padding;
}

/** Result of {@link preprocess}. */
export interface PreprocessedVolume {
  /** (slices, rows, columns, channels) */
  image: NdArray<Float32Array>;
  /** (slices, rows, columns), 0 and 1 */
  mask: NdArray<Uint8Array>;
  geometry: VolumeGeometry;
}

/**
 * Prepares a volume as Buda et al. do: crop to the brain, pad to square, resize, rescale percentiles, z-score each channel.
 *
 * Every step sees the whole volume. As published, cropping drops slices without brain and sets voxels below the threshold to 0, slices
 * are resized by a biquadratic spline without smoothing, and the percentiles count background and all channels together.
 *
 * @param volume image (slices, rows, columns, channels) and mask (slices, rows, columns)
 * @throws ShapeError if image and mask do not fit; DataError for an empty image or a constant channel
 * @example `const { image, mask, geometry } = preprocess(await set.volume(id), { size: 128 })`
 *
 * Source: Buda et al. 2019 (`buda2019`), published code.
 */
export function preprocess(volume: Volume, options: PreprocessOptions = {}): PreprocessedVolume {
  const known = ["crop", "pad", "size", "order", "antialias", "rescale", "normalize"] as const;
  const { crop = {}, pad = true, size = 256, ...rest } = expectOptions("preprocess", options, known);
  const { order = 2, antialias = false, rescale = {}, normalize = {} } = rest;
  expectBoolean("preprocess", "pad", pad);
  if (size !== false) expectNumber("preprocess", "size", size, { integer: true, min: 1 });
  expectOneOf("preprocess", "order", order, [0, 1, 2]);
  expectBoolean("preprocess", "antialias", antialias);
  expectRank("preprocess", "volume.image", volume.image, 4);
  const original = volume.image.shape.slice(0, 3) as [number, number, number];
  expectShape("preprocess", "volume.mask", volume.mask, original);

  const whole: Box = { from: [0, 0, 0], to: original };
  const cropped =
    crop === false ? { image: toContiguous(volume.image, Float64Array), box: whole } : cropToBrain(volume.image, crop);
  const { box } = cropped;
  const squared = pad
    ? padToSquare(cropped.image)
    : { array: cropped.image, padding: { top: 0, bottom: 0, left: 0, right: 0 } };
  const { padding } = squared;
  let image = resizeSlices(squared.array, size, (array, shape) =>
    resize(array, shape, { order, mode: "constant", antialias }),
  );
  // As scikit-image reads uint8; the percentiles are not affected, since they only scale along.
  for (let i = 0; i < image.data.length; i++) image.data[i]! /= 255;
  if (rescale !== false) image = rescalePercentiles(image, rescale);
  if (normalize !== false) image = zScore(image, normalize);

  const croppedMask = cropTo(toContiguous(toMask(volume.mask), Float64Array), box);
  const mask = resizeSlices(pad ? padToSquare(croppedMask).array : croppedMask, size, (array, shape) =>
    resize(array, shape, { order: 0 }),
  );
  return { image: toContiguous(image, Float32Array), mask: toMask(mask), geometry: { original, box, padding } };
}

function resizeSlices(
  array: NdArray<Float64Array>,
  size: number | false,
  apply: (array: NdArray<Float64Array>, shape: number[]) => NdArray<Float64Array>,
): NdArray<Float64Array> {
  return size === false ? array : apply(array, [array.shape[0]!, size, size, ...array.shape.slice(3)]);
}

/**
 * Brings a mask of the preprocessed grid back to the original one: nearest pixels, padding taken away, zeros around the brain.
 *
 * @param mask (slices, rows, columns) as {@link preprocess} gave them; any non-zero value is inside
 * @param geometry of the same volume
 * @returns (slices, rows, columns) of the original volume
 * @throws ShapeError if the number of slices is another
 * @example `const onOriginal = restoreMask(prediction, geometry)`
 */
export function restoreMask(mask: NdArray<AnyArray>, geometry: VolumeGeometry): NdArray<Uint8Array> {
  const { original, box, padding } = geometry;
  const [slices, rows, columns] = box.to.map((to, k) => to - box.from[k]!) as [number, number, number];
  expectShape("restoreMask", "mask", mask, [slices, -1, -1], "slices, rows, columns");
  const shape = [slices, rows + padding.top + padding.bottom, columns + padding.left + padding.right];
  const resized = resize(toContiguous(toMask(mask), Float64Array), shape, { order: 0 });
  return uncrop(unpad(toMask(resized), padding), box, original);
}
