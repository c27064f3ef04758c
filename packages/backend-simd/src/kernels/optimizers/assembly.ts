/** Steps of optimisers, in place and in one pass over parameters, gradients and moments. */
import { loadPart, storePart } from "../lanes.assembly";
import { mad } from "../mad.assembly";

// @ts-ignore: decorator
@inline
function load(from: usize, part: usize): v128 {
  return part != 0 ? loadPart(from, part) : v128.load(from);
}

// @ts-ignore: decorator
@inline
function store(to: usize, value: v128, part: usize): void {
  if (part != 0) storePart(to, value, part);
  else v128.store(to, value);
}

// @ts-ignore: decorator
@inline
function stepSgd(parameters: usize, gradients: usize, rate: v128, part: usize): void {
  store(parameters, mad(load(gradients, part), rate, load(parameters, part)), part);
}

/** parameters += rate * gradients. */
export function sgdStep(
  parameters: usize,
  gradients: usize,
  rate: f32,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const r = f32x4.splat(rate);
  let at = chunk * perChunk * 4;
  const end = min<usize>(length * 4, at + perChunk * 4);
  for (; at + 16 <= end; at += 16) stepSgd(parameters + at, gradients + at, r, 0);
  if (at < end) stepSgd(parameters + at, gradients + at, r, (end - at) / 4);
}

// @ts-ignore: decorator
@inline
function stepMomentum(
  parameters: usize,
  gradients: usize,
  velocities: usize,
  rate: v128,
  momentum: v128,
  nesterov: i32,
  part: usize,
): void {
  const g = load(gradients, part);
  const v = mad(load(velocities, part), momentum, g);
  store(velocities, v, part);
  const direction = nesterov ? mad(v, momentum, g) : v;
  store(parameters, mad(direction, rate, load(parameters, part)), part);
}

/** velocity = momentum * velocity + gradient; parameters += rate * (nesterov ? gradient + momentum * velocity : velocity). */
export function momentumStep(
  parameters: usize,
  gradients: usize,
  velocities: usize,
  rate: f32,
  momentum: f32,
  nesterov: i32,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const r = f32x4.splat(rate);
  const m = f32x4.splat(momentum);
  let at = chunk * perChunk * 4;
  const end = min<usize>(length * 4, at + perChunk * 4);
  for (; at + 16 <= end; at += 16) stepMomentum(parameters + at, gradients + at, velocities + at, r, m, nesterov, 0);
  if (at < end) {
    stepMomentum(parameters + at, gradients + at, velocities + at, r, m, nesterov, (end - at) / 4);
  }
}

// @ts-ignore: decorator
@inline
function stepAdam(
  parameters: usize,
  gradients: usize,
  firstMoments: usize,
  secondMoments: usize,
  beta1: v128,
  gain1: v128,
  beta2: v128,
  gain2: v128,
  rate: v128,
  rootCorrection: v128,
  epsilon: v128,
  decay: v128,
  hasDecay: boolean,
  part: usize,
): void {
  const g = load(gradients, part);
  const m = mad(load(firstMoments, part), beta1, f32x4.mul(g, gain1));
  const v = mad(load(secondMoments, part), beta2, f32x4.mul(f32x4.mul(g, g), gain2));
  store(firstMoments, m, part);
  store(secondMoments, v, part);
  const divisor = mad(f32x4.sqrt(v), rootCorrection, epsilon);
  let p = load(parameters, part);
  // A factor 1 - decay would be rounded: 1e-6 is not 17 times the last bit of 1.
  if (hasDecay) p = f32x4.sub(p, f32x4.mul(p, decay));
  store(parameters, mad(f32x4.div(m, divisor), rate, p), part);
}

// @ts-ignore: decorator
@inline
function adamLoop(
  parameters: usize,
  gradients: usize,
  firstMoments: usize,
  secondMoments: usize,
  beta1: f32,
  gain1: f32,
  beta2: f32,
  gain2: f32,
  rate: f32,
  rootCorrection: f32,
  epsilon: f32,
  decay: f32,
  hasDecay: boolean,
  at: usize,
  end: usize,
): void {
  const b1 = f32x4.splat(beta1);
  const g1 = f32x4.splat(gain1);
  const b2 = f32x4.splat(beta2);
  const g2 = f32x4.splat(gain2);
  const r = f32x4.splat(rate);
  const c = f32x4.splat(rootCorrection);
  const e = f32x4.splat(epsilon);
  const d = f32x4.splat(decay);
  for (; at + 16 <= end; at += 16) {
    stepAdam(
      parameters + at, gradients + at, firstMoments + at, secondMoments + at, b1, g1, b2, g2, r, c, e, d, hasDecay, 0,
    );
  }
  if (at < end) {
    stepAdam(
      parameters + at, gradients + at, firstMoments + at, secondMoments + at, b1, g1, b2, g2, r, c, e, d, hasDecay,
      (end - at) / 4,
    );
  }
}

/**
 * m = beta1 m + gain1 g; v = beta2 v + gain2 g²;
 * parameters = parameters - decay * parameters + rate * m / (sqrt(v) * rootCorrection + epsilon).
 */
export function adamStep(
  parameters: usize,
  gradients: usize,
  firstMoments: usize,
  secondMoments: usize,
  beta1: f32,
  gain1: f32,
  beta2: f32,
  gain2: f32,
  rate: f32,
  rootCorrection: f32,
  epsilon: f32,
  decay: f32,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const at = chunk * perChunk * 4;
  const end = min<usize>(length * 4, at + perChunk * 4);
  if (decay != 0) {
    adamLoop(
      parameters, gradients, firstMoments, secondMoments, beta1, gain1, beta2, gain2, rate, rootCorrection, epsilon,
      decay, true, at, end,
    );
  } else {
    adamLoop(
      parameters, gradients, firstMoments, secondMoments, beta1, gain1, beta2, gain2, rate, rootCorrection, epsilon,
      decay, false, at, end,
    );
  }
}
