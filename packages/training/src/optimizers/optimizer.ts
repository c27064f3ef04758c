import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import type { OptimizerState } from "../trainingState.js";

/** A weight with its gradient, under a name that is the same in every process. */
export interface WeightUpdate {
  name: string;
  variable: Variable;
  /** Of the variable's shape; it is not disposed. */
  gradient: Tensor;
}

/** Changes weights by their gradients. What it remembers of a weight goes by the weight's name. */
export interface TrainingOptimizer {
  /** Step size that a schedule starts from, > 0. */
  readonly learningRate: number;
  /** The options as a text: a resumed training must have the same. */
  readonly description: string;
  /** Updates each weight in place. Weights that are not named stay as they are, as in torch those without a gradient do. */
  step(updates: readonly WeightUpdate[], learningRate: number): void;
  /** Copies what is remembered. */
  save(): Promise<OptimizerState>;
  /** Forgets what was remembered and goes on from what {@link TrainingOptimizer.save} gave. */
  restore(state: OptimizerState): void;
  /** Gives all tensors back. */
  dispose(): void;
}
