import { ArgumentError, expectNumber } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, mul, tidy } from "@tensorflow/tfjs-core";

/** A loss as `model.compile` takes it. */
export type Loss = (yTrue: Tensor, yPred: Tensor) => Scalar;

/**
 * Σ weight·loss as one loss. Each is computed by itself: the losses of this package hold nothing between the passes that could be
 * shared but the probabilities, which cross-entropies do not form.
 *
 * @param parts pairs of a loss and its finite weight, at least one
 * @returns a function (yTrue, yPred) → scalar
 * @throws ArgumentError, RangeArgumentError
 * @example `combine([[(t, z) => diceLoss(t, z, { fromLogits: true }), 1], [(t, z) => focalLoss(t, z, { fromLogits: true }), 0.5]])`
 */
export function combine(parts: readonly (readonly [loss: Loss, weight: number])[]): Loss {
  if (!Array.isArray(parts) || parts.length === 0) {
    const expected = "be an array of at least one [loss, weight]";
    throw new ArgumentError({ functionName: "combine", argument: "parts", expected, received: parts });
  }
  for (const [k, part] of parts.entries()) {
    if (!Array.isArray(part) || typeof part[0] !== "function") {
      const argument = `parts[${k}]`;
      throw new ArgumentError({ functionName: "combine", argument, expected: "be a [loss, weight]", received: part });
    }
    expectNumber("combine", `parts[${k}][1]`, part[1]);
  }
  return (yTrue, yPred) => {
    return tidy(() => {
      return parts
        .map(([loss, weight]) => (weight === 1 ? loss(yTrue, yPred) : (mul(loss(yTrue, yPred), weight) as Scalar)))
        .reduce((a, b) => add(a, b) as Scalar);
    });
  };
}
