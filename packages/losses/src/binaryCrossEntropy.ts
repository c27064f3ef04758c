import { expectBoolean, expectOptions } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, clipByValue, log, mean, mul, neg, softplus, sub, tidy } from "@tensorflow/tfjs-core";
import { expectPair } from "./input/expectPair.js";

/** Options of {@link binaryCrossEntropy}. */
export interface BinaryCrossEntropyOptions {
  /** `yPred` holds logits; otherwise probabilities, clipped to [1e-7, 1 − 1e-7]. Default false. */
  fromLogits?: boolean;
}

/**
 * Binary cross-entropy, averaged over every element: −mean(t·ln p + (1 − t)·ln(1 − p)).
 *
 * From logits it is exact and its gradient finite for any finite logit; clipped probabilities have gradient 0 beyond the clip.
 *
 * @param yTrue targets in [0, 1], any shape
 * @param yPred logits or probabilities, the same shape
 * @returns a scalar
 * @throws ShapeError if the shapes differ
 * @example `model.compile({ optimizer: "adam", loss: (t, z) => binaryCrossEntropy(t, z, { fromLogits: true }) })`
 */
export function binaryCrossEntropy(yTrue: Tensor, yPred: Tensor, options: BinaryCrossEntropyOptions = {}): Scalar {
  const { fromLogits = false } = expectOptions("binaryCrossEntropy", options, ["fromLogits"]);
  expectBoolean("binaryCrossEntropy", "fromLogits", fromLogits);
  expectPair("binaryCrossEntropy", yTrue, yPred, 0);
  return tidy(() => {
    if (fromLogits) {
      // softplus(z) − t·z: nothing overflows, and no probability is formed that could round to 0 or 1.
      return mean(sub(softplus(yPred), mul(yTrue, yPred))) as Scalar;
    }
    const p = clipByValue(yPred, 1e-7, 1 - 1e-7);
    const inside = mul(yTrue, log(p));
    const outside = mul(sub(1, yTrue), log(sub(1, p)));
    return neg(mean(add(inside, outside))) as Scalar;
  });
}
