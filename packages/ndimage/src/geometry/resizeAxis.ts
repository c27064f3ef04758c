import { elementCount, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { borderIndex } from "../filters/border.js";
import type { Border } from "../filters/correlateAxis.js";
import { splineCoefficients } from "./spline.js";

/** What one output pixel is a weighted sum of. */
interface Taps {
  /** Index of the first input pixel; it may lie outside. */
  first: number;
  weights: readonly number[];
}

function tapsAt(position: number, order: 0 | 1 | 2): Taps {
  if (order === 0) return { first: Math.floor(position + 0.5), weights: [1] };
  if (order === 1) {
    const first = Math.floor(position);
    const share = position - first;
    return { first, weights: [1 - share, share] };
  }
  const centre = Math.floor(position + 0.5);
  const t = position - centre;
  return { first: centre - 1, weights: [0.5 * (0.5 - t) ** 2, 0.75 - t * t, 0.5 * (0.5 + t) ** 2] };
}

/** Constants put before and behind a line whose spline must go on to them outside: as many as the reference puts. */
const splinePadding = 12;

/** Resamples every line along one axis of a C-ordered array to another length. */
export function resizeAxis(
  array: NdArray<Float64Array>,
  axis: number,
  length: number,
  order: 0 | 1 | 2,
  { mode, cval }: Border,
): NdArray<Float64Array> {
  const { data, shape } = array;
  const before = shape[axis]!;
  const stride = elementCount(shape.slice(axis + 1));
  const result = zeros(
    Float64Array,
    shape.map((n, k) => (k === axis ? length : n)),
  );
  const padding = order === 2 && mode === "constant" ? splinePadding : 0;
  const line = new Float64Array(before + 2 * padding);
  const taps = Array.from({ length }, (_, o) => tapsAt((o + 0.5) * (before / length) - 0.5 + padding, order));
  for (let outer = 0; outer < data.length / (before * stride); outer++) {
    for (let inner = 0; inner < stride; inner++) {
      line.fill(cval);
      for (let i = 0; i < before; i++) line[padding + i] = data[(outer * before + i) * stride + inner]!;
      if (order === 2) splineCoefficients(line);
      for (let o = 0; o < length; o++) {
        const { first, weights } = taps[o]!;
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          const at = borderIndex(first + k, line.length, mode);
          sum += weights[k]! * (at < 0 ? cval : line[at]!);
        }
        result.data[(outer * length + o) * stride + inner] = sum;
      }
    }
  }
  return result;
}
