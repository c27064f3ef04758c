import type { Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  cast,
  clipByValue,
  concat,
  fill,
  floor,
  gather,
  greaterEqual,
  isFinite as isFiniteNumber,
  lessEqual,
  logicalAnd,
  mul,
  reshape,
  scalar,
  scatterND,
  slice,
  sub,
  tensor,
  where,
  zeros,
} from "@tensorflow/tfjs-core";

/** Samples in an image of any number of axes, ordered (image, window, tap, group), by operations of tfjs-core alone. */
export interface Cells {
  /** Of each corner of the cell around a sample, the last axis changing fastest: its row of the table of pixels, for all samples. */
  rows: Tensor[];
  /** Of each axis, the place between the two corners, (samples, 1). */
  shares: Tensor[];
}

/**
 * The cells around places. The table's rows are (image, pixel, group); one more stands for all that is outside, where a sample with a
 * coordinate that is not finite has all its corners.
 * @param places a coordinate an axis, (batch, windows, taps, groups) each
 * @param sizes lengths of the image's axes
 */
export function cellsOf(places: readonly Tensor[], sizes: readonly number[]): Cells {
  const shape = places[0]!.shape as [number, number, number, number];
  const [batch, , , groups] = shape;
  const pixels = sizes.reduce((a, b) => a * b);
  const finite = places.map((place) => isFiniteNumber(place) as Tensor).reduce((a, b) => logicalAnd(a, b));
  // -2 and size + 1 are outside with all their corners; far places are clipped before they become integers.
  const clipped = places.map((place, k) => clipByValue(where(finite, place, fill(shape, -2)), -2, sizes[k]! + 1));
  const floors = clipped.map((place) => floor(place));
  const starts = new Int32Array(batch * groups);
  for (let s = 0; s < starts.length; s++) starts[s] = Math.floor(s / groups) * pixels * groups + (s % groups);
  const start = tensor(starts, [batch, 1, 1, groups], "int32");
  const outside = fill(shape, batch * pixels * groups, "int32");
  const integer = (value: number) => scalar(value, "int32");
  const rows = Array.from({ length: 2 ** sizes.length }, (_, corner) => {
    const at = floors.map((place, k) => add(place, (corner >> (sizes.length - 1 - k)) & 1) as Tensor);
    const inside = at
      .map((place, k) => logicalAnd(greaterEqual(place, 0), lessEqual(place, sizes[k]! - 1)) as Tensor)
      .reduce((a, b) => logicalAnd(a, b));
    const pixel = at
      .map((place) => cast(place, "int32") as Tensor)
      .reduce((index, place, k) => add(mul(index, integer(sizes[k]!)), place));
    return reshape(where(inside, add(mul(pixel, integer(groups)), start), outside), [-1]) as Tensor;
  });
  return { rows, shares: clipped.map((place, k) => reshape(sub(place, floors[k]!), [-1, 1])) };
}

/** The pixels at the corners of every cell, (samples, channels of a group) each. */
export function cornersOf(x: Tensor, { rows }: Cells, groups: number): Tensor[] {
  const perGroup = x.shape.at(-1)! / groups;
  const table = concat([reshape(x, [-1, perGroup]), zeros([1, perGroup])]);
  return rows.map((indices) => gather(table, indices as Tensor & { dtype: "int32" }));
}

/** The multilinear sample of each cell, or its right-sided slope along an axis, (samples, channels of a group). */
export function interpolate(corners: readonly Tensor[], { shares }: Cells, slopeAxis?: number): Tensor {
  let level = corners;
  for (let axis = shares.length - 1; axis >= 0; axis--) {
    level = level.slice(level.length / 2).map((_, k) => {
      const [from, to] = [level[2 * k]!, level[2 * k + 1]!];
      const difference = sub(to, from) as Tensor;
      return axis === slopeAxis ? difference : add(from, mul(difference, shares[axis]!));
    });
  }
  return level[0]!;
}

/**
 * The gradient in the image: each sample's slope, (samples, channels of a group), goes to the corners of its cell with their weights.
 * @param shape of the image
 */
export function scatterToCells({ rows, shares }: Cells, slopes: Tensor, shape: number[]): Tensor {
  const perGroup = slopes.shape[1]!;
  const tableRows = shape.reduce((a, b) => a * b) / perGroup;
  const parts = shares.reduce<Tensor[]>(
    (wholes, share) =>
      wholes.flatMap((whole) => {
        const further = mul(whole, share) as Tensor;
        return [sub(whole, further), further];
      }),
    [slopes],
  );
  const scattered = parts
    .map((part, k) => scatterND(reshape(rows[k]!, [-1, 1]), part, [tableRows + 1, perGroup]) as Tensor)
    .reduce((a, b) => add(a, b));
  return reshape(slice(scattered, [0, 0], [tableRows, perGroup]), shape);
}
