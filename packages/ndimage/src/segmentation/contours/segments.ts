import type { NdArray } from "ndarray";

/** [row, column] */
export type Point = readonly [row: number, column: number];

/** Line pieces of every square in raster order, low values on the left. */
export function segments(image: NdArray<Float64Array>, level: number, highConnected: boolean): [Point, Point][] {
  const [rows, columns] = image.shape as [number, number];
  const { data } = image;
  const result: [Point, Point][] = [];
  const share = (from: number, to: number): number => (from === to ? 0 : (level - from) / (to - from));
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const ul = data[r * columns + c]!;
      const ur = data[r * columns + c + 1]!;
      const ll = data[(r + 1) * columns + c]!;
      const lr = data[(r + 1) * columns + c + 1]!;
      if (Number.isNaN(ul + ur + ll + lr) && [ul, ur, ll, lr].some(Number.isNaN)) continue;
      const code = (ul > level ? 1 : 0) + (ur > level ? 2 : 0) + (ll > level ? 4 : 0) + (lr > level ? 8 : 0);
      if (code === 0 || code === 15) continue;
      const top: Point = [r, c + share(ul, ur)];
      const bottom: Point = [r + 1, c + share(ll, lr)];
      const left: Point = [r + share(ul, ll), c];
      const right: Point = [r + share(ur, lr), c + 1];
      switch (code) {
        case 1:
          result.push([top, left]);
          break;
        case 2:
          result.push([right, top]);
          break;
        case 3:
          result.push([right, left]);
          break;
        case 4:
          result.push([left, bottom]);
          break;
        case 5:
          result.push([top, bottom]);
          break;
        case 6:
          if (highConnected) result.push([left, top], [right, bottom]);
          else result.push([right, top], [left, bottom]);
          break;
        case 7:
          result.push([right, bottom]);
          break;
        case 8:
          result.push([bottom, right]);
          break;
        case 9:
          if (highConnected) result.push([top, right], [bottom, left]);
          else result.push([top, left], [bottom, right]);
          break;
        case 10:
          result.push([bottom, top]);
          break;
        case 11:
          result.push([bottom, left]);
          break;
        case 12:
          result.push([left, right]);
          break;
        case 13:
          result.push([top, right]);
          break;
        default:
          result.push([left, top]);
      }
    }
  }
  return result;
}
