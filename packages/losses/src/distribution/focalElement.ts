import type { Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  cast,
  exp,
  greaterEqual,
  mul,
  onesLike,
  sigmoid,
  softplus,
  sub,
  tidy,
  where,
} from "@tensorflow/tfjs-core";
import { binaryElement, weighed } from "./binaryElement.js";
import type { ElementFunction } from "./elementLoss.js";

/** What the focal factor depends on. */
export interface FocalFactor {
  gamma: number;
  /** The factor is ((1 − p_t)/r)^γ from p_t = r, and 1 below; undefined: (1 − p_t)^γ. */
  threshold: number | undefined;
}

/** 2t − 1: which way a logit counts. */
const sign = (t: Tensor) => tidy(() => sub(mul(2, t), 1));
const towardsTarget = (z: Tensor, t: Tensor) => tidy(() => mul(z, sign(t)));

/** The factor of each element as a function of the logits of its class (u = z·(2t − 1)), and its slope by u. */
function factorOf(u: Tensor, { gamma, threshold: r }: FocalFactor): Tensor {
  // ln(1 − p_t) = −softplus(u): no power, and no difference from 1.
  if (r === undefined) return tidy(() => exp(mul(softplus(u), -gamma)));
  return tidy(() => {
    const factor = exp(mul(add(softplus(u), Math.log(r)), -gamma));
    return where(greaterEqual(sigmoid(u), r), factor, onesLike(factor));
  });
}

/** −γ·σ(u)·(2t − 1), the relative slope of the factor by the logit; 0 where the factor is constant. */
function relativeSlope(u: Tensor, t: Tensor, { gamma, threshold: r }: FocalFactor): Tensor {
  return tidy(() => {
    const sigma = sigmoid(u);
    const slope = tidy(() => mul(mul(sigma, sign(t)), -gamma));
    return r === undefined ? slope : mul(slope, cast(greaterEqual(sigma, r), "float32"));
  });
}

/** (1 − p_t)^γ·CE of each channel by itself. Constants: t[, weight]. γ = 0 without a threshold is the cross-entropy to the bit. */
export function binaryFocalElement(focal: FocalFactor): ElementFunction {
  if (focal.gamma === 0) return binaryElement;
  return {
    value: (z, [t, weight]) => {
      const factor = tidy(() => factorOf(towardsTarget(z, t!), focal));
      return weighed(
        mul(
          factor,
          tidy(() => binaryElement.value(z, [t!])),
        ),
        weight,
      );
    },
    slope: (z, [t, weight]) => {
      const u = towardsTarget(z, t!);
      const sum = tidy(() => {
        const entropy = tidy(() => binaryElement.value(z, [t!]));
        const ofFactor = tidy(() => mul(relativeSlope(u, t!, focal), entropy));
        return add(
          ofFactor,
          tidy(() => binaryElement.slope(z, [t!])),
        );
      });
      return weighed(mul(factorOf(u, focal), sum), weight);
    },
  };
}

/** The factor alone, whose sum `normalized` divides by. Constants: t[, weight]. */
export function binaryFactorElement(focal: FocalFactor): ElementFunction {
  return {
    value: (z, [t, weight]) => weighed(factorOf(towardsTarget(z, t!), focal), weight),
    slope: (z, [t, weight]) => {
      const u = towardsTarget(z, t!);
      return weighed(mul(factorOf(u, focal), relativeSlope(u, t!, focal)), weight);
    },
  };
}
