import type { AnyArray } from "@ddl/core";
import {
  expectFiniteValues,
  expectOptions,
  expectRank,
  expectSpacing,
  RangeArgumentError,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";

/** Options of {@link curvature}. */
export interface CurvatureOptions {
  /** Length of a pixel along each axis, > 0. Default 1 each. */
  spacing?: readonly number[];
}

/**
 * Curvature κ = div(∇φ/|∇φ|) of the contours of a level set, in 1 / unit of length, by central differences with mirrored borders.
 * Inside positive, a disk of radius r has −1/r; in three dimensions it is the sum of both principal curvatures, −2/r of a ball. Where
 * φ is flat, 0.
 *
 * @param phi (rows, columns) or (planes, rows, columns), finite
 * @returns a new C-ordered array
 * @throws ShapeError for another rank; RangeArgumentError for no elements, values that are not finite or a spacing that is not positive
 * @example `const bend = curvature(solver.phi, { spacing: [0.5, 0.5] });`
 *
 * Source: Osher and Fedkiw 2003, §1.4 (`osher2003`).
 */
export function curvature(phi: NdArray<AnyArray>, options: CurvatureOptions = {}): NdArray<Float64Array> {
  const name = "curvature";
  const { spacing } = expectOptions(name, options, ["spacing"]);
  expectRank(name, "phi", phi, [2, 3]);
  const lengths = expectSpacing(name, spacing, phi.shape.length);
  if (phi.shape.includes(0)) {
    throw new RangeArgumentError({
      functionName: name,
      argument: "phi",
      expected: "have elements",
      received: phi.shape,
    });
  }
  expectFiniteValues(name, "phi", phi);
  const { shape } = phi;
  const rank = shape.length;
  const values = toContiguous(phi, Float64Array).data;
  const result = zeros(Float64Array, shape);
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const before = new Int32Array(rank);
  const after = new Int32Array(rank);
  const first = new Float64Array(rank);
  const second = new Float64Array(rank);
  for (let i = 0; i < values.length; i++) {
    let rest = i;
    let square = 0;
    for (let k = 0; k < rank; k++) {
      const at = Math.floor(rest / steps[k]!);
      rest -= at * steps[k]!;
      const down = at === 0 ? 0 : -steps[k]!;
      const up = at === shape[k]! - 1 ? 0 : steps[k]!;
      // A mirrored neighbour: beyond the border lies what lies before it.
      before[k] = down === 0 ? up : down;
      after[k] = up === 0 ? down : up;
      const h = lengths[k]!;
      first[k] = (values[i + after[k]!]! - values[i + before[k]!]!) / (2 * h);
      second[k] = (values[i + after[k]!]! - 2 * values[i]! + values[i + before[k]!]!) / (h * h);
      square += first[k]! * first[k]!;
    }
    if (square === 0) continue;
    let bent = 0;
    for (let a = 0; a < rank; a++) {
      for (let b = 0; b < rank; b++) if (b !== a) bent += second[b]! * first[a]! * first[a]!;
      for (let b = a + 1; b < rank; b++) {
        const mixed =
          values[i + after[a]! + after[b]!]! -
          values[i + after[a]! + before[b]!]! -
          values[i + before[a]! + after[b]!]! +
          values[i + before[a]! + before[b]!]!;
        bent -= (first[a]! * first[b]! * mixed) / (2 * lengths[a]! * lengths[b]!);
      }
    }
    result.data[i] = bent / (square * Math.sqrt(square));
  }
  return result;
}
