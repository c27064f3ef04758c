import type { PaddedSet } from "./padded.js";
import { forEachRow } from "./padded.js";

/**
 * One smoothing operator, in place: morphological approximation of a step of curvature motion.
 *
 * @param phase 0: SI ∘ IS (first fill, then cut), 1: IS ∘ SI
 * Source: Márquez-Neila, Baumela and Álvarez 2014 (`marquez2014`), section 3.3.
 */
export function smooth(set: PaddedSet, phase: 0 | 1): void {
  operate(set, phase === 0 ? infSup : supInf);
  operate(set, phase === 0 ? supInf : infSup);
}

type Operator = (source: Uint8Array, at: number, elements: readonly Int32Array[]) => 0 | 1;

function operate(set: PaddedSet, operator: Operator): void {
  const elements = set.shape.length === 2 ? lines(set.stride) : planes(set.stride);
  const { data: source, scratch: target } = set;
  forEachRow(set, (start, _from, columns) => {
    for (let at = start; at < start + columns; at++) target[at] = operator(source, at, elements);
  });
  set.data = target;
  set.scratch = source;
}

/** SI: 1 where some element lies wholly in the set. */
const supInf: Operator = (source, at, elements) => {
  // Every element contains its centre.
  if (source[at] === 0) return 0;
  for (const element of elements) {
    let whole = true;
    for (let k = 0; k < element.length && whole; k++) whole = source[at + element[k]!] === 1;
    if (whole) return 1;
  }
  return 0;
};

/** IS: 1 where every element meets the set. */
const infSup: Operator = (source, at, elements) => {
  if (source[at] === 1) return 1;
  for (const element of elements) {
    let meets = false;
    for (let k = 0; k < element.length && !meets; k++) meets = source[at + element[k]!] === 1;
    if (!meets) return 0;
  }
  return 1;
};

/** The four lines of three pixels through the centre, as offsets without the centre. */
function lines([row, column]: readonly number[]): Int32Array[] {
  return [row! + column!, row!, row! - column!, column!].map((step) => Int32Array.of(-step, step));
}

/** The nine planes of nine voxels through the centre: three across the axes, six diagonal. */
function planes([plane, row, column]: readonly number[]): Int32Array[] {
  const [a, b, c] = [plane!, row!, column!];
  const spans: [number, number][] = [
    [a, b],
    [a, c],
    [b, c],
    [a, b + c],
    [a, b - c],
    [b, a + c],
    [b, a - c],
    [c, a + b],
    [c, a - b],
  ];
  return spans.map(([u, v]) => Int32Array.of(-u - v, -u, v - u, -v, v, u - v, u, u + v));
}
