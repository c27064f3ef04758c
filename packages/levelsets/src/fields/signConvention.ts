import type { AnyArray } from "@ddl/core";
import { toContiguous } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * A level set of this package for software that wants the inside negative (ITK, Li's code, most texts on level sets): −φ. The set stays
 * the same: φ > 0 here is −φ < 0 there, and pixels of exactly 0 are outside in both.
 *
 * @param phi positive inside, any shape
 * @returns a new C-ordered array
 * @example `const forItk = toInsideNegative(phi);`
 */
export function toInsideNegative(phi: NdArray<AnyArray>): NdArray<Float64Array> {
  return negated(phi);
}

/**
 * A level set of other software, negative inside, for this package: −φ; see {@link toInsideNegative}. A set that such software reads
 * as φ ≤ 0 loses its pixels of exactly 0.
 *
 * @param phi negative inside, any shape
 * @returns a new C-ordered array
 * @example `const solver = createGeodesicActiveContour(edges, fromInsideNegative(phiOfItk));`
 */
export function fromInsideNegative(phi: NdArray<AnyArray>): NdArray<Float64Array> {
  return negated(phi);
}

function negated(phi: NdArray<AnyArray>): NdArray<Float64Array> {
  const result = toContiguous(phi, Float64Array);
  // 0 − φ, since −φ would make −0 of 0.
  for (let i = 0; i < result.data.length; i++) result.data[i] = 0 - result.data[i]!;
  return result;
}
