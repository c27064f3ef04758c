import { makeSites, nearestOnLine } from "./nearestOnLine.js";

/** Lines that are read side by side: a cache line holds the pixels of eight. */
const tile = 8;

/** Result of {@link featureTransform}. */
export interface Features {
  /** Distance of every pixel to the nearest zero, Infinity if there is none. */
  distance: Float64Array;
  /** Flat index of that zero, −1 if there is none; empty if it was not asked for. */
  feature: Int32Array;
}

/**
 * Distances to the nearest zero of a mask, and which zero that is, axis by axis from the first to the last.
 *
 * Linear time; working memory beside the results a few lines.
 */
export function featureTransform(
  mask: Uint8Array,
  shape: readonly number[],
  steps: readonly number[],
  withFeatures: boolean,
): Features {
  const square = new Float64Array(mask.length);
  const feature = new Int32Array(withFeatures ? mask.length : 0);
  const result = { distance: square, feature };
  if (mask.length === 0) return result;
  const rank = shape.length;
  const length = shape[rank - 1]!;
  const inner = mask.length / shape[0]!;
  countsFromBehind(mask, square, inner);
  if (withFeatures) firstAxisFeatures(mask, feature, inner);
  const ahead = new Float64Array(inner).fill(Number.POSITIVE_INFINITY);
  const lastAxis = lastAxisPass(square, feature, length, steps[rank - 1]!);
  // Of two axes the second follows row by row, while the row is in the cache.
  for (let start = mask.length - inner; start >= 0; start -= inner) {
    squaresOfNearer(square, start, inner, steps[0]!, ahead);
    if (rank === 2) lastAxis(start);
  }
  if (rank === 3) {
    middleAxis(square, feature, shape[1]!, length, steps[1]!);
    for (let start = 0; start < mask.length; start += length) lastAxis(start);
  }
  if (rank === 1) roots(square, 0, mask.length);
  return result;
}

/** How many steps along the first axis the last zero lies back. */
function countsFromBehind(mask: Uint8Array, count: Float64Array, inner: number): void {
  for (let i = 0; i < inner; i++) count[i] = mask[i] === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (let i = inner; i < count.length; i++) count[i] = mask[i] === 0 ? 0 : count[i - inner]! + 1;
}

/** From such counts of one index of the first axis, and of the one after in `ahead`, the squared distance along that axis. */
function squaresOfNearer(square: Float64Array, start: number, inner: number, step: number, ahead: Float64Array): void {
  for (let i = 0; i < inner; i++) {
    const behind = square[start + i]!;
    const next = ahead[i]! + 1;
    const count = Math.min(behind, next);
    ahead[i] = count;
    const distance = count * step;
    square[start + i] = distance * distance;
  }
}

function roots(square: Float64Array, start: number, length: number): void {
  for (let i = start; i < start + length; i++) square[i] = Math.sqrt(square[i]!);
}

/** The zeros that are nearest along the first axis; of two equally near ones the first. */
function firstAxisFeatures(mask: Uint8Array, feature: Int32Array, inner: number): void {
  for (let i = 0; i < feature.length; i++) {
    feature[i] = mask[i] === 0 ? i : i < inner ? -1 : feature[i - inner]!;
  }
  for (let i = feature.length - inner - 1; i >= 0; i--) {
    const next = feature[i + inner]!;
    const behind = feature[i]!;
    if (next > i && (behind < 0 || next - i < i - behind)) feature[i] = next;
  }
}

/** The pass along the last axis, which ends in distances: a function of where a line starts. */
function lastAxisPass(
  square: Float64Array,
  feature: Int32Array,
  length: number,
  step: number,
): (start: number) => void {
  const withFeatures = feature.length !== 0;
  const sites = makeSites(length, withFeatures);
  const before = new Int32Array(length);
  return (start) => {
    nearestOnLine(square, start, length, step, sites);
    roots(square, start, length);
    if (withFeatures) follow(feature, start, length, 1, sites.nearest, before);
  };
}

/** The pass along the middle axis of three, for lines whose pixels lie apart; several are brought together at a time. */
function middleAxis(square: Float64Array, feature: Int32Array, length: number, stride: number, step: number): void {
  const withFeatures = feature.length !== 0;
  const sites = makeSites(length, withFeatures);
  const lines = new Float64Array(length * tile);
  const before = new Int32Array(length);
  for (let block = 0; block < square.length; block += length * stride) {
    for (let first = 0; first < stride; first += tile) {
      const width = Math.min(tile, stride - first);
      for (let i = 0, at = block + first; i < length; i++, at += stride) {
        for (let k = 0; k < width; k++) lines[k * length + i] = square[at + k]!;
      }
      for (let k = 0; k < width; k++) {
        nearestOnLine(lines, k * length, length, step, sites);
        if (withFeatures) follow(feature, block + first + k, length, stride, sites.nearest, before);
      }
      for (let i = 0, at = block + first; i < length; i++, at += stride) {
        for (let k = 0; k < width; k++) square[at + k] = lines[k * length + i]!;
      }
    }
  }
}

/** Takes the feature of the pixel that `nearest` names, on one line. */
function follow(
  feature: Int32Array,
  start: number,
  length: number,
  stride: number,
  nearest: Int32Array,
  before: Int32Array,
): void {
  for (let i = 0, at = start; i < length; i++, at += stride) before[i] = feature[at]!;
  for (let i = 0, at = start; i < length; i++, at += stride) {
    feature[at] = nearest[i]! < 0 ? -1 : before[nearest[i]!]!;
  }
}
