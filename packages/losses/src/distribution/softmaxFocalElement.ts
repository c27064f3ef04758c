import type { Tensor } from "@tensorflow/tfjs-core";
import {
  cast,
  div,
  exp,
  greaterEqual,
  log,
  logSoftmax,
  maximum,
  mul,
  neg,
  onesLike,
  sub,
  sum,
  tidy,
  where,
} from "@tensorflow/tfjs-core";
import { categoricalElement, logarithmElement } from "./categoricalElement.js";
import type { ElementFunction } from "./elementLoss.js";
import type { FocalFactor } from "./focalElement.js";

/** 1 − p from ln p, at least 1e-7. */
const rest = (logP: Tensor) => tidy(() => maximum(sub(1, exp(logP)), 1e-7));

function factorOf(logP: Tensor, { gamma, threshold: r }: FocalFactor): Tensor {
  return tidy(() => {
    // No power: backends have fast kernels for exp and log only.
    const factor = tidy(() => exp(mul(log(r === undefined ? rest(logP) : div(rest(logP), r)), gamma)));
    return r === undefined ? factor : where(greaterEqual(exp(logP), r), factor, onesLike(factor));
  });
}

/** γ·p/(1 − p), which the factor's relative slope by ln p is the negative of; 0 where the factor is constant. */
function steepness(logP: Tensor, { gamma, threshold: r }: FocalFactor): Tensor {
  return tidy(() => {
    const ratio = tidy(() => mul(div(exp(logP), rest(logP)), gamma));
    return r === undefined ? ratio : mul(ratio, cast(greaterEqual(exp(logP), r), "float32"));
  });
}

/** Derivative by ln p of factor(p)·(−q·ln p), or of factor(p)·q if `alone`. */
function slopeByLogarithm(logP: Tensor, q: Tensor, focal: FocalFactor, alone: boolean): Tensor {
  return tidy(() => {
    const factor = tidy(() => mul(factorOf(logP, focal), q));
    const relative = tidy(() => {
      const steep = steepness(logP, focal);
      return alone
        ? neg(steep)
        : sub(
            tidy(() => mul(steep, logP)),
            1,
          );
    });
    return mul(factor, relative);
  });
}

/**
 * Σ_c q_c·(1 − p_c)^γ·(−ln p_c) of each voxel (with `alone` the factors, without −ln p), from logits or from ln p. Constants: q. γ = 0
 * without a threshold is the cross-entropy to the bit.
 */
export function softmaxFocalElement(focal: FocalFactor, fromLogits: boolean, alone = false): ElementFunction {
  if (focal.gamma === 0 && !alone) return fromLogits ? categoricalElement : logarithmElement;
  const logarithm = (z: Tensor) => (fromLogits ? logSoftmax(z) : z);
  return {
    value: (z, [q]) => {
      const logP = logarithm(z);
      const factor = tidy(() => mul(factorOf(logP, focal), q!));
      return alone ? sum(factor, -1, true) : neg(sum(mul(factor, logP), -1, true));
    },
    slope: (z, [q]) => {
      const logP = logarithm(z);
      const h = slopeByLogarithm(logP, q!, focal, alone);
      return fromLogits
        ? sub(
            h,
            tidy(() => mul(exp(logP), sum(h, -1, true))),
          )
        : h;
    },
  };
}
