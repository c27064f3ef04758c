import { expectBoolean, expectOneOf } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { sigmoid, softmax } from "@tensorflow/tfjs-core";

/** What turns logits into probabilities: each channel by itself, or the channels as classes that exclude each other. */
export type Activation = "sigmoid" | "softmax";

/** Options of losses that take probabilities or logits. */
export interface ProbabilityOptions {
  /** `yPred` holds logits; otherwise probabilities. Default false. */
  fromLogits?: boolean;
  /** How logits become probabilities. Default: `sigmoid` for one channel, `softmax` for several. */
  activation?: Activation;
}

/** Checks the options and fills in the default, which the number of channels decides. */
export function resolveActivation(
  functionName: string,
  yPred: Tensor,
  options: ProbabilityOptions,
): Activation | "none" {
  const { fromLogits = false, activation = yPred.shape.at(-1) === 1 ? "sigmoid" : "softmax" } = options;
  expectBoolean(functionName, "fromLogits", fromLogits);
  expectOneOf(functionName, "activation", activation, ["sigmoid", "softmax"]);
  return fromLogits ? activation : "none";
}

/** The probabilities of a prediction: itself, or its activation. Differentiable; inside a `tidy`. */
export function probability(functionName: string, yPred: Tensor, options: ProbabilityOptions): Tensor {
  const activation = resolveActivation(functionName, yPred, options);
  if (activation === "none") return yPred;
  return activation === "sigmoid" ? sigmoid(yPred) : softmax(yPred);
}
