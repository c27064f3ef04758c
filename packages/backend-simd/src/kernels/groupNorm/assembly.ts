/**
 * Group normalisation: moments over the pixels of an image and neighbouring channels. Batch normalisation's sums of each channel,
 * taken of one image at a time, are merged over the channels of a group; tables of four floats a channel and image then say what
 * becomes of each channel.
 *
 * The work on images is counted in units, a part of an image each: a chunk is several units where images are small.
 */
import {
  batchMoments,
  batchNormGradients,
  batchNormTrainingGradient,
  mergeMoments,
  normalizeRows,
  repeatChannels,
} from "../batchNorm/assembly";

/**
 * `batchMoments` of each image.
 * @param parts of an image, each with two float64 a channel in `partials`
 */
export function groupMoments(
  x: usize,
  partials: usize,
  pixels: usize,
  channels: usize,
  repeat: usize,
  rowsPerBlock: usize,
  rowsPerPart: usize,
  parts: usize,
  units: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(units, (chunk + 1) * perChunk);
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const image = unit / parts;
    batchMoments(
      x + image * pixels * channels * 4,
      partials + image * parts * channels * 16,
      pixels,
      channels,
      repeat,
      rowsPerBlock,
      rowsPerPart,
      unit % parts,
      scratch,
    );
  }
}

/**
 * Mean and variance of each image and group, and tables for `groupNormalize`: an image has rows of means, factors and shifts. What
 * the mean loses as a float32 goes into the shift.
 */
export function groupMomentsFinish(
  partials: usize,
  parts: usize,
  mean: usize,
  variance: usize,
  scale: usize,
  offset: usize,
  epsilon: f32,
  tables: usize,
  pixels: usize,
  channels: usize,
  groups: usize,
  repeat: usize,
  rowsPerPart: usize,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const size = channels / groups;
  const row = channels * 4;
  const end = min<usize>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const image = item / groups;
    const from = (item % groups) * size;
    const own = partials + image * parts * channels * 16;
    mergeMoments(own, parts, pixels, channels, repeat, rowsPerPart, from, from + size);
    const exactMean = f64.load(own + from * 16);
    const exactVariance = f64.load(own + from * 16, 8) / (<f64>pixels * <f64>size);
    const rounded = <f32>exactMean;
    const rest = exactMean - <f64>rounded;
    const inverse = 1 / sqrt<f64>(exactVariance + <f64>epsilon);
    f32.store(mean + item * 4, rounded);
    f32.store(variance + item * 4, <f32>exactVariance);
    const table = tables + image * 3 * row;
    for (let c = from; c < from + size; c++) {
      const factor = inverse * (scale != 0 ? <f64>f32.load(scale + c * 4) : 1);
      const shift = (offset != 0 ? <f64>f32.load(offset + c * 4) : 0) - rest * factor;
      f32.store(table + c * 4, rounded);
      f32.store(table + row + c * 4, <f32>factor);
      f32.store(table + 2 * row + c * 4, <f32>shift);
    }
  }
}

/** out = (x - mean) * factor + shift, by the tables of `groupMomentsFinish`. */
export function groupNormalize(
  x: usize,
  out: usize,
  tables: usize,
  length: usize,
  channels: usize,
  repeat: usize,
  perPart: usize,
  parts: usize,
  units: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const row = channels * 4;
  const stride = row * repeat;
  const last = min<usize>(units, (chunk + 1) * perChunk);
  for (let unit = chunk * perChunk; unit < last; unit++) {
    const image = unit / parts;
    let table = tables + image * 3 * row;
    if (repeat > 1) {
      for (let k: usize = 0; k < 3; k++) repeatChannels(table + k * row, 0, channels, repeat, scratch + k * stride);
      table = scratch;
    }
    const start = (unit % parts) * perPart;
    const first = image * length;
    const end = out + (first + min<usize>(length, start + perPart)) * 4;
    const at = (first + start) * 4;
    normalizeRows(x + at, out + at, end, stride, table, table + stride, table + 2 * stride, false);
  }
}

/** Writes the mean of each channel's group. */
function repeatGroups(from: usize, channels: usize, groups: usize, to: usize): void {
  const size = channels / groups;
  for (let group: usize = 0; group < groups; group++, from += 4) {
    const value = f32.load(from);
    for (let c: usize = 0; c < size; c++, to += 4) f32.store(to, value);
  }
}

/** The sums of dy and of dy * (x - mean) of `batchNormGradients`, of each image. */
export function groupNormGradients(
  x: usize,
  gradient: usize,
  partials: usize,
  mean: usize,
  pixels: usize,
  channels: usize,
  groups: usize,
  repeat: usize,
  rowsPerBlock: usize,
  rowsPerPart: usize,
  parts: usize,
  units: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const means = scratch;
  const rest = means + ((channels * 4 + 15) & ~15);
  const end = min<usize>(units, (chunk + 1) * perChunk);
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const image = unit / parts;
    const skip = image * pixels * channels * 4;
    repeatGroups(mean + image * groups * 4, channels, groups, means);
    batchNormGradients(
      x + skip,
      gradient + skip,
      0,
      partials + image * parts * channels * 16,
      means,
      0,
      0,
      0,
      pixels,
      channels,
      repeat,
      rowsPerBlock,
      rowsPerPart,
      unit % parts,
      rest,
    );
  }
}

/**
 * Adds the parts' sums in their order. Of each channel and image the gradients of scale and offset take the place of the first part's
 * sums, and `tables` gets the rows of `batchNormTrainingGradient`: three coefficients, then the mean.
 * @param tables 0 for none
 */
export function groupNormGradientsFinish(
  partials: usize,
  parts: usize,
  mean: usize,
  variance: usize,
  scale: usize,
  epsilon: f32,
  tables: usize,
  pixels: usize,
  channels: usize,
  groups: usize,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const size = channels / groups;
  const row = channels * 4;
  const n = <f64>pixels * <f64>size;
  const end = min<usize>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const image = item / groups;
    const from = (item % groups) * size;
    const own = partials + image * parts * channels * 16;
    const inverse = 1 / sqrt<f64>(<f64>f32.load(variance + item * 4) + <f64>epsilon);
    let groupSum: f64 = 0;
    let groupProduct: f64 = 0;
    for (let c = from; c < from + size; c++) {
      let sum: f64 = 0;
      let product: f64 = 0;
      for (let k: usize = 0; k < parts; k++) {
        const part = own + (k * channels + c) * 16;
        sum += f64.load(part);
        product += f64.load(part, 8);
      }
      const factor: f64 = scale != 0 ? f32.load(scale + c * 4) : 1;
      groupSum += factor * sum;
      groupProduct += factor * product;
      f64.store(own + c * 16, inverse * product);
      f64.store(own + c * 16, sum, 8);
    }
    if (tables == 0) continue;
    const ofDeviation = <f32>((-inverse * inverse * inverse * groupProduct) / n);
    const constant = <f32>((-inverse * groupSum) / n);
    const groupMean = f32.load(mean + item * 4);
    const table = tables + image * 4 * row;
    for (let c = from; c < from + size; c++) {
      const factor: f64 = scale != 0 ? f32.load(scale + c * 4) : 1;
      f32.store(table + c * 4, <f32>(inverse * factor));
      f32.store(table + row + c * 4, ofDeviation);
      f32.store(table + 2 * row + c * 4, constant);
      f32.store(table + 3 * row + c * 4, groupMean);
    }
  }
}

/** The gradients of scale and offset: sums over the images in their order. Each may be 0 for none. */
export function groupChannelGradients(
  partials: usize,
  parts: usize,
  scaleGradient: usize,
  offsetGradient: usize,
  batch: usize,
  channels: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(channels, (chunk + 1) * perChunk);
  for (let c = chunk * perChunk; c < end; c++) {
    let ofScale: f64 = 0;
    let ofOffset: f64 = 0;
    for (let image: usize = 0; image < batch; image++) {
      const from = partials + (image * parts * channels + c) * 16;
      ofScale += f64.load(from);
      ofOffset += f64.load(from, 8);
    }
    if (scaleGradient) f32.store(scaleGradient + c * 4, <f32>ofScale);
    if (offsetGradient) f32.store(offsetGradient + c * 4, <f32>ofOffset);
  }
}

/** `batchNormTrainingGradient` of each image, by the tables of `groupNormGradientsFinish`. */
export function groupNormGradient(
  x: usize,
  gradient: usize,
  out: usize,
  tables: usize,
  length: usize,
  channels: usize,
  repeat: usize,
  perPart: usize,
  parts: usize,
  units: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const row = channels * 4;
  const end = min<usize>(units, (chunk + 1) * perChunk);
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const image = unit / parts;
    const skip = image * length * 4;
    const table = tables + image * 4 * row;
    batchNormTrainingGradient(
      x + skip,
      gradient + skip,
      out + skip,
      table + 3 * row,
      table,
      length,
      channels,
      repeat,
      perPart,
      unit % parts,
      scratch,
    );
  }
}
