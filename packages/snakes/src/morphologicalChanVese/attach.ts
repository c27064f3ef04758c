import type { PaddedSet } from "../padded.js";
import { forEachRow } from "../padded.js";

/**
 * The data term of one iteration, in place: pixels at the set's border join the region whose mean they are nearer to.
 *
 * A pixel is at the border where the central difference along some axis (one-sided at the image's ends) is not 0: its neighbours
 * decide, not the pixel itself, so a single pixel of the set stays until the smoothing takes it.
 *
 * @param f the image, C-ordered, without a rim
 */
export function attach(f: Float64Array, set: PaddedSet, lambda1: number, lambda2: number): void {
  const { data: u, scratch: next, shape, stride } = set;
  const [outside, inside] = means(f, set);
  const rank = shape.length;
  const planeStep = rank === 3 ? stride[0]! : 0;
  const rowStep = stride[rank - 2]!;
  const rows = shape[rank - 2]!;
  const planes = rank === 3 ? shape[0]! : 1;
  forEachRow(set, (start, from, columns, y, z) => {
    // At an end the pixel itself stands in for the neighbour that is missing.
    const up = y > 0 ? rowStep : 0;
    const down = y < rows - 1 ? rowStep : 0;
    const front = z > 0 ? planeStep : 0;
    const back = z < planes - 1 ? planeStep : 0;
    for (let x = 0; x < columns; x++) {
      const at = start + x;
      const left = x > 0 ? 1 : 0;
      const right = x < columns - 1 ? 1 : 0;
      const border = u[at - up] !== u[at + down] || u[at - left] !== u[at + right] || u[at - front] !== u[at + back];
      let value = u[at]!;
      if (border) {
        const difference = lambda1 * (f[from + x]! - inside) ** 2 - lambda2 * (f[from + x]! - outside) ** 2;
        if (difference < 0) value = 1;
        else if (difference > 0) value = 0;
      }
      next[at] = value;
    }
  });
  set.data = next;
  set.scratch = u;
}

/** Means outside and inside; the reference adds 1e-8 to each count, so the mean of nothing is 0. */
function means(f: Float64Array, set: PaddedSet): [outside: number, inside: number] {
  const { data: u } = set;
  let sumOut = 0;
  let sumIn = 0;
  let countIn = 0;
  forEachRow(set, (start, from, columns) => {
    // Sums of rows, then of the rows' sums: the error grows with their lengths, not with the image.
    let rowOut = 0;
    let rowIn = 0;
    for (let x = 0; x < columns; x++) {
      if (u[start + x] === 1) {
        rowIn += f[from + x]!;
        countIn++;
      } else rowOut += f[from + x]!;
    }
    sumOut += rowOut;
    sumIn += rowIn;
  });
  return [sumOut / (f.length - countIn + 1e-8), sumIn / (countIn + 1e-8)];
}
