import type { Random } from "@ddl/core";
import { expectNumber, expectShape, toContiguous, toMask, zeros } from "@ddl/core";
import { gaussianFilter } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import type { AugmentationOptions, ElasticOptions, IntensityOptions, ModalityDropoutOptions } from "./options.js";
import { resolveAugmentation } from "./options.js";

/** A slice with its mask. */
export interface AugmentationSample {
  /** (rows, columns, channels) */
  image: NdArray<Float32Array>;
  /** (rows, columns), any non-zero value is inside */
  mask: NdArray<Uint8Array>;
}

/**
 * A randomly changed copy of a slice: scaled, turned, flipped, bent, with contrasts missing and other intensities; the mask moves along.
 *
 * All movements are one map from output to input pixels, so that the image is interpolated once (linearly; the mask takes the nearest
 * pixel). The order is that of Buda et al.: scale, then turn about the centre, then flip left to right; elastic displacements come
 * last. Contrasts are taken away before intensities change. Equal random streams give equal samples.
 *
 * @param random what is drawn does not depend on the sample
 * @returns new arrays of the same shapes; the mask 0 and 1
 * @throws ShapeError if image and mask do not fit; RangeArgumentError for options out of range
 * @example `augment({ image, mask }, { rotation: 15, flip: 0.5 }, Random.fromSeed(1).fork("slice 7"))`
 *
 * Source: Buda et al. 2019 (`buda2019`); elastic deformation: Simard, Steinkraus and Platt 2003 (`simard2003`); modality dropout:
 * Neverova et al. 2016 (`neverova2016`).
 */
export function augment(sample: AugmentationSample, options: AugmentationOptions, random: Random): AugmentationSample {
  const resolved = resolveAugmentation("augment", options);
  const { scale, rotation, flip, elastic, intensity, modalityDropout, fill } = resolved;
  expectShape("augment", "sample.image", sample.image, [-1, -1, -1], "rows, columns, channels");
  const [rows, columns, channels] = sample.image.shape as [number, number, number];
  if (modalityDropout !== false && modalityDropout.replacement !== "zero") {
    const { replacement } = modalityDropout;
    expectNumber("augment", "modalityDropout.replacement", replacement, { below: channels });
  }
  expectShape("augment", "sample.mask", sample.mask, [rows, columns]);
  const image = toContiguous(sample.image, Float32Array);
  const mask = toMask(sample.mask);
  const map: Map = {
    scale: 1 + random.uniform(-scale, scale),
    angle: (random.uniform(-rotation, rotation) * Math.PI) / 180,
    flip: random.uniform() < flip,
    displacement: elastic === false ? null : displacementField(rows, columns, elastic, random.fork("elastic")),
  };
  const moves = map.scale !== 1 || map.angle !== 0 || map.flip || map.displacement !== null;
  const moved = moves ? resample(image, mask, map, fill) : { image, mask };
  if (modalityDropout !== false) dropModalities(moved.image, modalityDropout, random.fork("modalityDropout"));
  if (intensity !== false) changeIntensity(moved.image, intensity, random.fork("intensity"));
  return moved;
}

interface Map {
  scale: number;
  /** Radians. */
  angle: number;
  flip: boolean;
  displacement: { row: Float64Array; column: Float64Array } | null;
}

function displacementField(
  rows: number,
  columns: number,
  { alpha, sigma }: Required<ElasticOptions>,
  random: Random,
): { row: Float64Array; column: Float64Array } {
  const [row, column] = [0, 1].map(() => {
    const field = zeros(Float64Array, [rows, columns]);
    for (let i = 0; i < field.data.length; i++) field.data[i] = random.uniform(-alpha, alpha);
    return gaussianFilter(field, sigma, { mode: "constant" }).data;
  });
  return { row: row!, column: column! };
}

function resample(
  image: NdArray<Float32Array>,
  mask: NdArray<Uint8Array>,
  { scale, angle, flip, displacement }: Map,
  fill: "zero" | "background",
): AugmentationSample {
  const [rows, columns, channels] = image.shape as [number, number, number];
  const result = { image: zeros(Float32Array, image.shape), mask: zeros(Uint8Array, mask.shape) };
  const outside = fill === "zero" ? new Float32Array(channels) : channelMinima(image);
  const source = image.data;
  const target = result.image.data;
  const centreRow = (rows - 1) / 2;
  const centreColumn = (columns - 1) / 2;
  const cos = Math.cos(angle) / scale;
  const sin = Math.sin(angle) / scale;
  for (let y = 0, i = 0; y < rows; y++) {
    const dy = y - centreRow;
    for (let x = 0; x < columns; x++, i++) {
      const dx = (flip ? columns - 1 - x : x) - centreColumn;
      let row = cos * dy + sin * dx + centreRow;
      let column = -sin * dy + cos * dx + centreColumn;
      if (displacement !== null) {
        row += displacement.row[i]!;
        column += displacement.column[i]!;
      }
      const at = i * channels;
      const nearRow = Math.round(row);
      const nearColumn = Math.round(column);
      if (nearRow >= 0 && nearRow < rows && nearColumn >= 0 && nearColumn < columns) {
        result.mask.data[i] = mask.data[nearRow * columns + nearColumn]!;
      }
      if (row < 0 || row > rows - 1 || column < 0 || column > columns - 1) {
        for (let c = 0; c < channels; c++) target[at + c] = outside[c]!;
        continue;
      }
      const top = Math.min(Math.floor(row), rows - 1);
      const left = Math.min(Math.floor(column), columns - 1);
      const shareRow = row - top;
      const shareColumn = column - left;
      const upper = (top * columns + left) * channels;
      const lower = top + 1 < rows ? upper + columns * channels : upper;
      const next = left + 1 < columns ? channels : 0;
      for (let c = 0; c < channels; c++) {
        const above = source[upper + c]! * (1 - shareColumn) + source[upper + next + c]! * shareColumn;
        const below = source[lower + c]! * (1 - shareColumn) + source[lower + next + c]! * shareColumn;
        target[at + c] = above * (1 - shareRow) + below * shareRow;
      }
    }
  }
  return result;
}

function channelMinima(image: NdArray<Float32Array>): Float32Array {
  const channels = image.shape[2]!;
  const minima = new Float32Array(channels).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < image.data.length; i++) {
    const c = i % channels;
    if (image.data[i]! < minima[c]!) minima[c] = image.data[i]!;
  }
  return minima;
}

/** Puts 0 or another channel in the place of channels drawn at random. */
function dropModalities(
  image: NdArray<Float32Array>,
  { probability, replacement }: Required<ModalityDropoutOptions>,
  random: Random,
): void {
  const channels = image.shape[2]!;
  const dropped = Array.from({ length: channels }, () => random.uniform() < probability);
  if (replacement !== "zero") dropped[replacement] = false;
  else if (dropped.every(Boolean)) dropped[random.integer(channels)] = false;
  for (let i = 0; i < image.data.length; i++) {
    const c = i % channels;
    if (dropped[c]) image.data[i] = replacement === "zero" ? 0 : image.data[i - c + replacement]!;
  }
}

/** Each channel times a gain and plus an offset of its own. */
function changeIntensity(
  image: NdArray<Float32Array>,
  { gain, offset }: Required<IntensityOptions>,
  random: Random,
): void {
  const channels = image.shape[2]!;
  const factors = Array.from(
    { length: channels },
    () => [1 + random.uniform(-gain, gain), random.uniform(-offset, offset)] as const,
  );
  for (let i = 0; i < image.data.length; i++) {
    const [factor, shift] = factors[i % channels]!;
    image.data[i] = image.data[i]! * factor + shift;
  }
}
