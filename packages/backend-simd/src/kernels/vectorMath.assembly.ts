/**
 * Exponential functions on four floats: range reduction and polynomials of Cephes (Moshier, expf, logf, tanhf). Errors stay
 * below 4e-7 of the value, also where a shorter formula would cancel (expm1 and log1p near zero).
 */
import { mad } from "./mad.assembly";

/** 1.5 * 2^23: added to a small float, its integer part comes to lie in the low bits. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;
/** Bits of sqrt(1/2): mantissas are taken from there to sqrt(2). */
const SQRT_HALF_BITS: i32 = 0x3f3504f3;

/** x - n ln 2, in two steps so that the difference is exact to more than 24 bits. */
// @ts-ignore: decorator
@inline
function reduce(x: v128, n: v128): v128 {
  const high = mad(n, f32x4.splat(-0.693359375), x);
  return mad(n, f32x4.splat(2.12194440e-4), high);
}

/** exp(r) - 1 for |r| <= ln(2) / 2. */
// @ts-ignore: decorator
@inline
function expm1Reduced(r: v128): v128 {
  let p = mad(r, f32x4.splat(1.9875691500e-4), f32x4.splat(1.3981999507e-3));
  p = mad(p, r, f32x4.splat(8.3334519073e-3));
  p = mad(p, r, f32x4.splat(4.1665795894e-2));
  p = mad(p, r, f32x4.splat(1.6666665459e-1));
  p = mad(p, r, f32x4.splat(5.0000001201e-1));
  return mad(f32x4.mul(r, r), p, r);
}

/** 2^n for n from -126 to 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** e^x: infinity above 88.7, denormal numbers below -87.3, zero below -104, NaN stays. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  // pmin and pmax in this order leave NaN as it is.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(90)), f32x4.splat(-106));
  const shifted = mad(x, f32x4.splat(1.44269504088896341), f32x4.splat(ROUNDER));
  const n = i32x4.sub(shifted, i32x4.splat(ROUNDER_BITS));
  const r = reduce(x, f32x4.sub(shifted, f32x4.splat(ROUNDER)));
  const mantissa = f32x4.add(expm1Reduced(r), f32x4.splat(1));
  // In two steps, as 2^n alone may be out of range; only the second one rounds.
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(mantissa, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)));
}

/** e^x - 1 for x <= 0, exact relative to the result also near zero. */
// @ts-ignore: decorator
@inline
export function expm1Negative(x: v128): v128 {
  x = f32x4.pmax(x, f32x4.splat(-20));
  const shifted = mad(x, f32x4.splat(1.44269504088896341), f32x4.splat(ROUNDER));
  const scale = powerOfTwo(i32x4.sub(shifted, i32x4.splat(ROUNDER_BITS)));
  const r = reduce(x, f32x4.sub(shifted, f32x4.splat(ROUNDER)));
  return mad(expm1Reduced(r), scale, f32x4.sub(scale, f32x4.splat(1)));
}

/** ln x for normal x > 0, or `exponent` more than that; other values give nonsense. */
// @ts-ignore: decorator
@inline
function logNormal(x: v128, exponent: v128): v128 {
  const bits = i32x4.sub(x, i32x4.splat(SQRT_HALF_BITS));
  const n = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23)), exponent);
  const m = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(SQRT_HALF_BITS));
  const t = f32x4.sub(m, f32x4.splat(1));
  const square = f32x4.mul(t, t);
  let p = mad(t, f32x4.splat(7.0376836292e-2), f32x4.splat(-1.1514610310e-1));
  p = mad(p, t, f32x4.splat(1.1676998740e-1));
  p = mad(p, t, f32x4.splat(-1.2420140846e-1));
  p = mad(p, t, f32x4.splat(1.4249322787e-1));
  p = mad(p, t, f32x4.splat(-1.6668057665e-1));
  p = mad(p, t, f32x4.splat(2.0000714765e-1));
  p = mad(p, t, f32x4.splat(-2.4999993993e-1));
  p = mad(p, t, f32x4.splat(3.3333331174e-1));
  p = f32x4.mul(f32x4.mul(p, t), square);
  p = mad(n, f32x4.splat(-2.12194440e-4), p);
  p = mad(square, f32x4.splat(-0.5), p);
  return mad(n, f32x4.splat(0.693359375), f32x4.add(t, p));
}

/** ln x: -infinity at zero, NaN below. */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  // A denormal number is multiplied by 2^24 first.
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(16777216)), x, tiny);
  const result = logNormal(scaled, v128.and(tiny, f32x4.splat(-24)));
  const infinity = f32x4.splat(Infinity);
  const valid = v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.lt(x, infinity));
  if (v128.all_true<i32>(valid)) return result;
  let special = v128.bitselect(infinity, f32x4.splat(NaN), f32x4.eq(x, infinity));
  special = v128.bitselect(f32x4.splat(-Infinity), special, f32x4.eq(x, f32x4.splat(0)));
  return v128.bitselect(result, special, valid);
}

/** 1 / (1 + e^-x), from e^-|x|, so that small results keep their digits. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const e = exp(v128.or(x, i32x4.splat(0x80000000)));
  const one = f32x4.splat(1);
  return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(e, one));
}

/** The hyperbolic tangent; zero keeps its sign. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let p = mad(square, f32x4.splat(-5.70498872745e-3), f32x4.splat(2.06390887954e-2));
  p = mad(p, square, f32x4.splat(-5.37397155531e-2));
  p = mad(p, square, f32x4.splat(1.33314422036e-1));
  p = mad(p, square, f32x4.splat(-3.33332819422e-1));
  const small = mad(f32x4.mul(p, square), magnitude, magnitude);
  const one = f32x4.splat(1);
  const e = f32x4.add(exp(f32x4.add(magnitude, magnitude)), one);
  const large = f32x4.sub(one, f32x4.div(f32x4.splat(2), e));
  const result = v128.bitselect(small, large, f32x4.lt(magnitude, f32x4.splat(0.625)));
  return v128.or(result, v128.and(x, i32x4.splat(0x80000000)));
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|). */
// @ts-ignore: decorator
@inline
export function softplus(x: v128): v128 {
  const e = exp(v128.or(x, i32x4.splat(0x80000000)));
  const one = f32x4.splat(1);
  const sum = f32x4.add(one, e);
  // What the sum lost of e is added to the logarithm to first order.
  const lost = f32x4.div(f32x4.sub(e, f32x4.sub(sum, one)), sum);
  return f32x4.add(f32x4.pmax(f32x4.splat(0), x), f32x4.add(logNormal(sum, f32x4.splat(0)), lost));
}

/** The binary logarithm of a normal number in float64, by the series of 2 atanh((m - 1) / (m + 1)) = ln m. */
export function log2Float64(x: f64): f64 {
  const bits = reinterpret<i64>(x) - 0x3fe6a09e667f3bcd; // sqrt(1/2)
  const m = reinterpret<f64>((bits & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
  const s = (m - 1) / (m + 1);
  const q = s * s;
  let p: f64 = 1.0 / 19;
  p = p * q + 1.0 / 17;
  p = p * q + 1.0 / 15;
  p = p * q + 1.0 / 13;
  p = p * q + 1.0 / 11;
  p = p * q + 1.0 / 9;
  p = p * q + 1.0 / 7;
  p = p * q + 1.0 / 5;
  p = p * q + 1.0 / 3;
  p = p * q + 1;
  return <f64>(bits >> 52) + 2.8853900817779268 * s * p;
}

/** 2^x for |x| <= 1000, in float64, by the Taylor series of e^(fraction ln 2). */
function exp2Float64(x: f64): f64 {
  const n = nearest<f64>(x);
  const t = (x - n) * 0.6931471805599453;
  let p: f64 = 1.0 / 6227020800;
  p = p * t + 1.0 / 479001600;
  p = p * t + 1.0 / 39916800;
  p = p * t + 1.0 / 3628800;
  p = p * t + 1.0 / 362880;
  p = p * t + 1.0 / 40320;
  p = p * t + 1.0 / 5040;
  p = p * t + 1.0 / 720;
  p = p * t + 1.0 / 120;
  p = p * t + 1.0 / 24;
  p = p * t + 1.0 / 6;
  p = p * t + 0.5;
  p = p * t + 1;
  p = p * t + 1;
  return p * reinterpret<f64>((<i64>n + 1023) << 52);
}

/**
 * JavaScript's x ** y. Through float64, so that the result is right but for its rounding; AssemblyScript's own pow would
 * need tables, and this module has no data.
 */
export function pow(x: f32, y: f32): f32 {
  if (y == 0) return 1;
  if (x != x || y != y) return NaN;
  const magnitude = abs<f32>(x);
  if (abs<f32>(y) == Infinity) {
    if (magnitude == 1) return NaN; // unlike C
    return magnitude > 1 == y > 0 ? Infinity : 0;
  }
  // From 2^24 on all floats are even integers.
  const whole = trunc<f32>(y) == y;
  const odd = whole && abs<f32>(y) < 16777216 && (<i32>y & 1) != 0;
  const negative = reinterpret<i32>(x) < 0;
  let result: f32;
  if (magnitude == 0 || magnitude == Infinity) {
    result = (magnitude == 0) == y > 0 ? 0 : Infinity;
  } else {
    if (negative && !whole) return NaN;
    const exponent = <f64>y * log2Float64(<f64>magnitude);
    result = <f32>exp2Float64(max<f64>(-1000, min<f64>(1000, exponent)));
  }
  return negative && odd ? -result : result;
}
