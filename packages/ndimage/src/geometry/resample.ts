import type { NdArray } from "ndarray";
import type { AffineMap, ResamplingOptions } from "./affine.js";
import type { ExtensionMode } from "./extendCoordinate.js";
import { extendCoordinate, extendIndex } from "./extendCoordinate.js";

/** Fills `target` with `source` at the coordinates that a map gives for its indices. */
export function resample(
  source: NdArray<Float64Array>,
  target: NdArray<Float64Array>,
  map: AffineMap,
  options: Required<ResamplingOptions>,
): void {
  const { order, mode, cval } = options;
  const rank = source.shape.length;
  const lengths = three(source.shape, 1);
  const [planes, rows, columns] = three(target.shape, 1);
  const [first, second, third] = [0, 1, 2].map((axis) => coordinate(map, axis - (3 - rank), rank)) as [At, At, At];
  const place: Place = { lengths, order, mode, cval, data: source.data };
  for (let z = 0, i = 0; z < planes; z++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++, i++) {
        target.data[i] = valueAt(place, first(z, y, x), second(z, y, x), third(z, y, x));
      }
    }
  }
}

interface Place extends Required<ResamplingOptions> {
  lengths: readonly [number, number, number];
  data: Float64Array;
}

type At = (z: number, y: number, x: number) => number;

/** The axes in order, then the offset: the reference's sum, so that a coordinate on the rim falls on the same side. */
function coordinate({ matrix, offset, diagonal }: AffineMap, axis: number, rank: number): At {
  if (axis < 0) return () => 0;
  const shift = offset[axis]!;
  const [a, b, c] = three(matrix[axis]!, 0);
  if (diagonal) {
    const factor = matrix[axis]![axis]!;
    if (factor === 0) return () => shift;
    const start = shift / factor;
    const own = axis + 3 - rank;
    return (z, y, x) => factor * ((own === 0 ? z : own === 1 ? y : x) + start);
  }
  return (z, y, x) => z * a + y * b + x * c + shift;
}

function three(values: readonly number[], fill: number): [number, number, number] {
  return [...new Array<number>(3 - values.length).fill(fill), ...values] as [number, number, number];
}

function valueAt({ lengths, order, mode, cval, data }: Place, z: number, y: number, x: number): number {
  const [planes, rows, columns] = lengths;
  const pz = extendCoordinate(z, planes, mode);
  const py = extendCoordinate(y, rows, mode);
  const px = extendCoordinate(x, columns, mode);
  if (Number.isNaN(pz + py + px)) return cval;
  if (order === 0) {
    const iz = extendIndex(Math.floor(pz + 0.5), planes, mode);
    const iy = extendIndex(Math.floor(py + 0.5), rows, mode);
    const ix = extendIndex(Math.floor(px + 0.5), columns, mode);
    return iz < 0 || iy < 0 || ix < 0 ? cval : data[(iz * rows + iy) * columns + ix]!;
  }
  const z0 = Math.floor(pz);
  const y0 = Math.floor(py);
  const x0 = Math.floor(px);
  const [tz, ty, tx] = [pz - z0, py - y0, px - x0];
  let sum = 0;
  for (let k = 0; k < 8; k++) {
    const [dz, dy, dx] = [k >> 2, (k >> 1) & 1, k & 1];
    const weight = share(dz, tz) * share(dy, ty) * share(dx, tx);
    if (weight === 0) continue;
    const iz = pixel(z0 + dz, planes, mode);
    const iy = pixel(y0 + dy, rows, mode);
    const ix = pixel(x0 + dx, columns, mode);
    sum += weight * (iz < 0 || iy < 0 || ix < 0 ? cval : data[(iz * rows + iy) * columns + ix]!);
  }
  return sum;
}

function share(side: number, t: number): number {
  return side === 0 ? 1 - t : t;
}

function pixel(i: number, n: number, mode: ExtensionMode): number {
  return i >= 0 && i < n ? i : extendIndex(i, n, mode);
}
