import type { AnyArray } from "@ddl/core";
import { elementCount, expectOptions, expectRank, expectSpacing, toMask, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/** Options of {@link distanceTransformEdt}. */
export interface DistanceTransformOptions {
  /** Size of a pixel along each axis, > 0. Default 1 everywhere. */
  spacing?: readonly number[];
}

/**
 * Exact Euclidean distance of every pixel inside a mask to the nearest pixel outside (scipy.ndimage.distance_transform_edt).
 *
 * Distances are between pixel centres. Nothing outside the image counts as outside the mask: a mask without any zero has no
 * nearest zero, and every distance is Infinity (scipy measures to a phantom pixel there).
 *
 * @param mask one to three axes, any non-zero value is inside
 * @returns float64, 0 outside the mask
 * @throws ShapeError for a rank above 3 or a spacing of the wrong length; RangeArgumentError for a spacing that is not positive
 * @example `distanceTransformEdt(mask, { spacing: [2.5, 0.9, 0.9] })`
 *
 * Lower envelopes of parabolas, axis by axis: linear time (Felzenszwalb and Huttenlocher 2012, `felzenszwalb2012`).
 */
export function distanceTransformEdt(
  mask: NdArray<AnyArray>,
  options: DistanceTransformOptions = {},
): NdArray<Float64Array> {
  const { spacing } = expectOptions("distanceTransformEdt", options, ["spacing"]);
  expectRank("distanceTransformEdt", "mask", mask, [1, 2, 3]);
  const steps = expectSpacing("distanceTransformEdt", spacing, mask.shape.length);
  const inside = toMask(mask);
  const { shape } = inside;
  const result = zeros(Float64Array, shape);
  const squared = result.data;
  for (let i = 0; i < squared.length; i++) squared[i] = inside.data[i] === 0 ? 0 : Number.POSITIVE_INFINITY;
  if (squared.length === 0) return result;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis]!;
    const stride = elementCount(shape.slice(axis + 1));
    envelopeAlongAxis(squared, length, stride, steps[axis]!);
  }
  for (let i = 0; i < squared.length; i++) squared[i] = Math.sqrt(squared[i]!);
  return result;
}

/** Replaces f by min over q of f(q) + ((p − q)·step)² along every line of one axis. */
function envelopeAlongAxis(squared: Float64Array, length: number, stride: number, step: number): void {
  const line = new Float64Array(length);
  const vertex = new Int32Array(length);
  const from = new Float64Array(length + 1);
  const area = step * step;
  const block = length * stride;
  for (let outer = 0; outer < squared.length; outer += block) {
    for (let inner = 0; inner < stride; inner++) {
      const start = outer + inner;
      let top = -1;
      for (let q = 0; q < length; q++) {
        const height = squared[start + q * stride]!;
        line[q] = height;
        if (height === Number.POSITIVE_INFINITY) continue;
        let crossing = Number.NEGATIVE_INFINITY;
        while (top >= 0) {
          const v = vertex[top]!;
          crossing = ((height - line[v]!) / area + q * q - v * v) / (2 * (q - v));
          if (crossing > from[top]!) break;
          top--;
          crossing = Number.NEGATIVE_INFINITY;
        }
        top++;
        vertex[top] = q;
        from[top] = crossing;
      }
      if (top < 0) continue;
      from[top + 1] = Number.POSITIVE_INFINITY;
      for (let p = 0, k = 0; p < length; p++) {
        while (from[k + 1]! < p) k++;
        const offset = (p - vertex[k]!) * step;
        squared[start + p * stride] = line[vertex[k]!]! + offset * offset;
      }
    }
  }
}
