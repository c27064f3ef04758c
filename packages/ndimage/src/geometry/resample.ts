import type { NdArray } from "ndarray";
import type { ExtensionMode } from "./extendCoordinate.js";
import { extendCoordinate, extendIndex } from "./extendCoordinate.js";

/** What `affine` and `rotate` have in common. */
export interface ResamplingOptions {
  /** 0: nearest pixel, 1: linear (default; scipy: 3). */
  order?: 0 | 1;
  /** What lies outside the image. Default `constant`. */
  mode?: ExtensionMode;
  /** Value outside the image for the modes `constant` and `grid-constant`. Default 0. */
  cval?: number;
}

/** A coordinate is offset + Σ matrix · index; `diagonal` as scipy computes it, matrix · (index + offset / matrix). */
export interface AffineMap {
  matrix: readonly (readonly number[])[];
  offset: readonly number[];
  diagonal: boolean;
}

/** Fills `target` with `source` at the coordinates that a map gives for its indices. */
export function resample(
  source: NdArray<Float64Array>,
  target: NdArray<Float64Array>,
  map: AffineMap,
  options: Required<ResamplingOptions>,
): void {
  const { mode, cval } = options;
  const [planes, rows, columns] = three(target.shape, 1);
  const [sourcePlanes, sourceRows, sourceColumns] = three(source.shape, 1);
  const at = [0, 1, 2].map((k) => coordinates(map, k + source.shape.length - 3, target.shape)) as [Line, Line, Line];
  const [first, second, third] = [new Float64Array(columns), new Float64Array(columns), new Float64Array(columns)];
  const place = { planes: sourcePlanes, rows: sourceRows, columns: sourceColumns, mode, cval, data: source.data };
  const valueAt = options.order === 0 ? nearest : linear;
  for (let z = 0, i = 0; z < planes; z++) {
    for (let y = 0; y < rows; y++) {
      at[0](first, z, y);
      at[1](second, z, y);
      at[2](third, z, y);
      for (let x = 0; x < columns; x++, i++) {
        const pz = extendCoordinate(first[x]!, sourcePlanes, mode);
        const py = extendCoordinate(second[x]!, sourceRows, mode);
        const px = extendCoordinate(third[x]!, sourceColumns, mode);
        target.data[i] = Number.isNaN(pz + py + px) ? cval : valueAt(place, pz, py, px);
      }
    }
  }
}

/** Where values are taken from. */
interface Place {
  planes: number;
  rows: number;
  columns: number;
  mode: ExtensionMode;
  cval: number;
  data: Float64Array;
}

/** Writes the coordinates along one axis of the source for a row of the result. */
type Line = (line: Float64Array, z: number, y: number) => void;

/** The axes in order, then the offset: the reference's sum, so that a coordinate on the rim falls on the same side. */
function coordinates({ matrix, offset, diagonal }: AffineMap, axis: number, shape: readonly number[]): Line {
  if (axis < 0) return (line) => line.fill(0);
  const shift = offset[axis]!;
  const [a, b, c] = three(matrix[axis]!, 0);
  const factor = matrix[axis]![axis]!;
  if (!diagonal || factor === 0) {
    return (line, z, y) => {
      const start = z * a + y * b;
      for (let x = 0; x < line.length; x++) line[x] = start + x * c + shift;
    };
  }
  const start = shift / factor;
  const own = axis + 3 - shape.length;
  return (line, z, y) => {
    if (own < 2) line.fill(factor * ((own === 0 ? z : y) + start));
    else for (let x = 0; x < line.length; x++) line[x] = factor * (x + start);
  };
}

function three(values: readonly number[], fill: number): [number, number, number] {
  return [...new Array<number>(3 - values.length).fill(fill), ...values] as [number, number, number];
}

function nearest({ planes, rows, columns, mode, cval, data }: Place, z: number, y: number, x: number): number {
  const iz = pixel(Math.floor(z + 0.5), planes, mode);
  const iy = pixel(Math.floor(y + 0.5), rows, mode);
  const ix = pixel(Math.floor(x + 0.5), columns, mode);
  return iz < 0 || iy < 0 || ix < 0 ? cval : data[(iz * rows + iy) * columns + ix]!;
}

function linear(place: Place, z: number, y: number, x: number): number {
  const { planes, rows, columns, mode, cval, data } = place;
  const z0 = Math.floor(z);
  const y0 = Math.floor(y);
  const x0 = Math.floor(x);
  const tz = z - z0;
  const ty = y - y0;
  const tx = x - x0;
  const left = pixel(x0, columns, mode);
  const right = tx === 0 ? left : pixel(x0 + 1, columns, mode);
  let sum = 0;
  // A neighbour of weight 0 is left out: it may lie beyond the end.
  for (let dz = 0; dz <= (tz === 0 ? 0 : 1); dz++) {
    const iz = pixel(z0 + dz, planes, mode);
    const wz = dz === 0 ? 1 - tz : tz;
    for (let dy = 0; dy <= (ty === 0 ? 0 : 1); dy++) {
      const iy = pixel(y0 + dy, rows, mode);
      const weight = wz * (dy === 0 ? 1 - ty : ty);
      const row = iz < 0 || iy < 0 ? -1 : (iz * rows + iy) * columns;
      const before = row < 0 || left < 0 ? cval : data[row + left]!;
      const behind = row < 0 || right < 0 ? cval : data[row + right]!;
      sum += weight * (1 - tx) * before + weight * tx * behind;
    }
  }
  return sum;
}

function pixel(i: number, n: number, mode: ExtensionMode): number {
  return i >= 0 && i < n ? i : extendIndex(i, n, mode);
}
