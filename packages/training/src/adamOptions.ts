import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";

/** Options of the optimiser. */
export interface AdamOptions {
  /** Step size, > 0. Default 1e-3. */
  learningRate?: number;
  /** Decay of the mean of gradients, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment, > 0. Default 1e-8, as torch (tfjs has 1e-7). */
  epsilon?: number;
  /** λ of AdamW, ≥ 0: before each step a weight shrinks by the part learningRate·λ. Default 0 in `fit`, 0.01 in `adamW`, as torch. */
  weightDecay?: number;
  /**
   * Which weights decay. `all` (default), as torch does unless it is told otherwise; `kernels`: those with two axes or more, so that biases
   * and the scales and offsets of normalisations, which are vectors, stay out.
   */
  decays?: "all" | "kernels";
}

/**
 * The options with their defaults.
 * @param functionName who is given them, for messages
 * @param prefix what stands before an option's name in messages
 * @throws ArgumentError, RangeArgumentError
 */
export function checkAdamOptions(
  functionName: string,
  prefix: string,
  options: AdamOptions,
  defaultDecay: number,
): Required<AdamOptions> {
  const known = ["learningRate", "beta1", "beta2", "epsilon", "weightDecay", "decays"] as const;
  const {
    learningRate = 1e-3,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay = defaultDecay,
    decays = "all",
  } = expectOptions(functionName, options, known);
  expectNumber(functionName, `${prefix}learningRate`, learningRate, { above: 0 });
  expectNumber(functionName, `${prefix}beta1`, beta1, { min: 0, below: 1 });
  expectNumber(functionName, `${prefix}beta2`, beta2, { min: 0, below: 1 });
  expectNumber(functionName, `${prefix}epsilon`, epsilon, { above: 0 });
  expectNumber(functionName, `${prefix}weightDecay`, weightDecay, { min: 0 });
  expectOneOf(functionName, `${prefix}decays`, decays, ["all", "kernels"]);
  return { learningRate, beta1, beta2, epsilon, weightDecay, decays };
}

/** The part by which a weight shrinks before a step: learningRate·λ, or 0 for one that does not decay. */
export function decayOf(
  { learningRate, weightDecay, decays }: Pick<Required<AdamOptions>, "learningRate" | "weightDecay" | "decays">,
  rank: number,
): number {
  return decays === "all" || rank > 1 ? learningRate * weightDecay : 0;
}
