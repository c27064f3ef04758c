/** What is applied to a result before it is stored; the codes are those of kernelHost.ts. */
const RELU6: i32 = 2;
const LEAKY_RELU: i32 = 3;

/** max(x, 0) in two instructions: pmax leaves NaN as it is, and -0 + 0 is 0, as in the reference. f32x4.max takes some eight. */
// @ts-ignore: decorator
@inline
export function positive(x: v128): v128 {
  const zero = f32x4.splat(0);
  return f32x4.add(f32x4.pmax(x, zero), zero);
}

// The comparisons are written so that NaN stays NaN, as in the reference.
// @ts-ignore: decorator
@inline
export function activate(x: v128, activation: i32, alpha: f32): v128 {
  if (activation == 0) return x;
  const zero = f32x4.splat(0);
  if (activation == LEAKY_RELU) return v128.bitselect(f32x4.mul(x, f32x4.splat(alpha)), x, f32x4.lt(x, zero));
  // pmin in this order leaves NaN as it is.
  return activation == RELU6 ? f32x4.pmin(positive(x), f32x4.splat(6)) : positive(x);
}
