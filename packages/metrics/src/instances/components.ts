import type { Values } from "../input/values.js";

/** Labels 1, 2, … of the connected components of a mask of 0 and 1, in raster order of their first elements; 0 outside. */
export function components(
  { data, shape }: Values,
  connectivity: number,
): { data: Int32Array; shape: readonly number[] } {
  const rank = shape.length;
  // A margin of one element all round: no neighbour needs a check.
  const stride = new Array<number>(rank);
  let size = 1;
  for (let k = rank - 1; k >= 0; k--) {
    stride[k] = size;
    size *= shape[k]! + 2;
  }
  const neighbours: number[] = [];
  for (let code = 0; code < 3 ** rank; code++) {
    let steps = 0;
    let offset = 0;
    for (let k = 0; k < rank; k++) {
      const step = (Math.floor(code / 3 ** k) % 3) - 1;
      steps += Math.abs(step);
      offset += step * stride[k]!;
    }
    if (steps > 0 && steps <= connectivity) neighbours.push(offset);
  }
  const padded = new Int32Array(size);
  const inside = (visit: (at: number, i: number) => void): void => {
    const inner = shape[rank - 1]!;
    for (let row = 0; row < data.length; row += inner) {
      let at = 1;
      for (let k = rank - 2, rest = row / inner; k >= 0; k--) {
        at += ((rest % shape[k]!) + 1) * stride[k]!;
        rest = Math.floor(rest / shape[k]!);
      }
      for (let i = row; i < row + inner; i++, at++) if (data[i] !== 0) visit(at, i);
    }
  };
  inside((at) => {
    padded[at] = -1;
  });
  const labels = new Int32Array(data.length);
  const stack: number[] = [];
  let count = 0;
  inside((first, i) => {
    if (padded[first] === -1) {
      padded[first] = ++count;
      stack.push(first);
      for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
        for (const offset of neighbours) {
          if (padded[at + offset] !== -1) continue;
          padded[at + offset] = count;
          stack.push(at + offset);
        }
      }
    }
    labels[i] = padded[first]!;
  });
  return { data: labels, shape };
}
