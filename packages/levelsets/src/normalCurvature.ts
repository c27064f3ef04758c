/**
 * Curvature div(∇φ/√(|∇φ|² + 1e-10)) of a C-ordered level set of any rank: the unit normals first, then their divergence, both by
 * central differences, one-sided at the ends. In three dimensions the sum of the two principal curvatures.
 */
export function normalCurvature(phi: Float64Array, shape: readonly number[]): Float64Array {
  const normals = shape.map((_, axis) => derivative(phi, shape, axis));
  for (let i = 0; i < phi.length; i++) {
    let squares = 1e-10;
    for (const normal of normals) squares += normal[i]! * normal[i]!;
    const length = Math.sqrt(squares);
    for (const normal of normals) normal[i]! /= length;
  }
  const curvature = new Float64Array(phi.length);
  for (const [axis, normal] of normals.entries()) {
    const term = derivative(normal, shape, axis);
    for (let i = 0; i < curvature.length; i++) curvature[i]! += term[i]!;
  }
  return curvature;
}

/** Derivative along an axis: (next − previous)/2, one-sided at the ends, 0 along an axis of one element. */
function derivative(values: Float64Array, shape: readonly number[], axis: number): Float64Array {
  const result = new Float64Array(values.length);
  const length = shape[axis]!;
  const step = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor(i / step) % length;
    const before = at === 0 ? 0 : step;
    const after = at === length - 1 ? 0 : step;
    if (before + after > 0) result[i] = (values[i + after]! - values[i - before]!) / (before > 0 && after > 0 ? 2 : 1);
  }
  return result;
}
