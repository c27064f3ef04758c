import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";

/** Options of Adam and AdamW. */
export interface AdamOptions {
  /** Step size, > 0. Default 1e-3. */
  learningRate?: number;
  /** Decay of the mean of gradients, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment, > 0. Default 1e-8, as torch (tfjs has 1e-7). */
  epsilon?: number;
  /**
   * λ, ≥ 0. AdamW: before each step a weight shrinks by the part learningRate·λ; default 0.01. Adam: λ times the weight is added to its
   * gradient (L2 regularisation); default 0. Both as torch.
   */
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
 * @param more names of other options that are checked elsewhere
 * @throws ArgumentError, RangeArgumentError
 */
export function checkAdamOptions(
  functionName: string,
  prefix: string,
  options: AdamOptions,
  defaultDecay: number,
  more: readonly string[] = [],
): Required<AdamOptions> {
  const names = ["learningRate", "beta1", "beta2", "epsilon", "weightDecay", "decays"];
  const known = [...more, ...names] as (keyof AdamOptions)[];
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

/** The part by which a weight shrinks before a step of AdamW: learningRate·λ, or 0 for one that does not decay. */
export function decayOf(
  { learningRate, weightDecay, decays }: Pick<Required<AdamOptions>, "learningRate" | "weightDecay" | "decays">,
  rank: number,
): number {
  return decays === "all" || rank > 1 ? learningRate * weightDecay : 0;
}
