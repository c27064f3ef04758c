import type { Tensor } from "@tensorflow/tfjs-core";
import { add, mul, neg, sigmoid, softplus, sub, tidy } from "@tensorflow/tfjs-core";
import type { ElementFunction } from "./elementLoss.js";

/** w·x, or x if there is no weight. */
export const weighed = (x: Tensor, weight: Tensor | undefined): Tensor => (weight === undefined ? x : mul(x, weight));

/** ln(1 + e^z) − t·z: nothing overflows, and no probability is formed that could round to 0 or 1. Constants: t[, weight]. */
export const binaryElement: ElementFunction = {
  value: (z, [t, weight]) => weighed(sub(softplus(z), mul(t!, z)), weight),
  slope: (z, [t, weight]) => weighed(sub(sigmoid(z), t!), weight),
};

/** The same with factors: positive·t·softplus(−z) + negative·(1 − t)·softplus(z). Constants: t, positive, negative[, weight]. */
export const unevenBinaryElement: ElementFunction = {
  value: (z, [t, positive, negative, weight]) => {
    const inside = tidy(() => mul(mul(t!, positive!), softplus(neg(z))));
    const outside = tidy(() => mul(mul(sub(1, t!), negative!), softplus(z)));
    return weighed(add(inside, outside), weight);
  },
  slope: (z, [t, positive, negative, weight]) => {
    const inside = tidy(() => mul(mul(t!, positive!), sigmoid(neg(z))));
    const outside = tidy(() => mul(mul(sub(1, t!), negative!), sigmoid(z)));
    return weighed(sub(outside, inside), weight);
  },
};
