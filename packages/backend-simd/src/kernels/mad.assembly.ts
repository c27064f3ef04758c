/**
 * a * b + c. One source serves both builds: the condition is a constant of the compiler, so the plain build holds no
 * relaxed instruction and runs where relaxed SIMD is unknown.
 */
// @ts-ignore: decorator
@inline
export function mad(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
