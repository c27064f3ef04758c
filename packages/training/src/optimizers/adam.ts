import { add, div, keep, mul, sqrt, square, sub, tidy } from "@tensorflow/tfjs-core";
import type { OptimizerState } from "../trainingState.js";
import type { AdamOptions } from "./adamOptions.js";
import { checkAdamOptions } from "./adamOptions.js";
import { fusedStep } from "./fused.js";
import type { TrainingOptimizer, WeightUpdate } from "./optimizer.js";
import type { ParameterGroup } from "./parameterGroups.js";
import { checkParameterGroups, describeOptions, groupOf } from "./parameterGroups.js";
import { Slots } from "./slots.js";

/** Options of Adam and AdamW in `fit`. */
export interface AdamOptimizerOptions extends AdamOptions {
  /** `adam` (default) adds the weight decay to the gradient, `adamW` shrinks the weight itself. */
  kind?: "adam" | "adamW";
  /** Weights that are trained otherwise. */
  groups?: readonly ParameterGroup[];
}

/**
 * Adam with bias correction, θ ← θ − lr·m̂ / (√v̂ + ε), as torch computes it (Kingma and Ba 2015, `kingma2015`, algorithm 1), with L2
 * regularisation, or AdamW (Loshchilov and Hutter 2019, `loshchilov2019`, algorithm 2 with a schedule of 1).
 *
 * Moments are kept by the name of their weight, so that they survive a change of order, and the powers of β in float64: tfjs's own
 * optimiser keeps both otherwise.
 */
export class Adam implements TrainingOptimizer {
  readonly learningRate: number;
  readonly description: string;
  readonly #options: Required<AdamOptimizerOptions>;
  readonly #slots = new Slots(["first", "second"]);

  constructor(functionName: string, prefix: string, options: AdamOptimizerOptions) {
    const { kind = "adam", groups = [] } = options;
    const checked = checkAdamOptions(functionName, prefix, options, kind === "adamW" ? 0.01 : 0, ["kind", "groups"]);
    this.#options = { kind, ...checked, groups: checkParameterGroups(functionName, prefix, groups) };
    this.learningRate = checked.learningRate;
    this.description = describeOptions(this.#options);
  }

  step(updates: readonly WeightUpdate[], learningRate: number): void {
    const { kind, beta1, beta2, epsilon, decays, groups } = this.#options;
    for (const { name, variable, gradient: given } of updates) {
      const { learningRateFactor = 1, weightDecay = this.#options.weightDecay } = groupOf(groups, name) ?? {};
      const lambda = decays === "all" || variable.rank > 1 ? weightDecay : 0;
      const rate = learningRate * learningRateFactor;
      const updated = this.#slots.count(name);
      // lr·m̂/(√v̂ + ε) with both corrections pulled out: lr/(1 − β₁ᵗ)·m / (√v/√(1 − β₂ᵗ) + ε).
      const step = rate / (1 - beta1 ** updated);
      const root = Math.sqrt(1 - beta2 ** updated);
      const decay = kind === "adamW" ? rate * lambda : 0;
      tidy(() => {
        const before = this.#slots.of(name, variable);
        const gradient = kind === "adam" && lambda !== 0 ? add(given, mul(variable, lambda)) : given;
        const tensors = {
          parameters: variable,
          gradients: gradient,
          firstMoments: before.first,
          secondMoments: before.second,
        };
        if (fusedStep("SimdAdam", tensors, { beta1, beta2, epsilon, step, rootCorrection: 1 / root, decay })) return;
        const first = keep(add(mul(before.first, beta1), mul(gradient, 1 - beta1)));
        const second = keep(add(mul(before.second, beta2), mul(square(gradient), 1 - beta2)));
        const change = div(mul(first, step), add(div(sqrt(second), root), epsilon));
        const shrunk = decay === 0 ? variable : sub(variable, mul(variable, decay));
        variable.assign(sub(shrunk, change));
        this.#slots.replace(name, { first, second });
      });
    }
  }

  save(): Promise<OptimizerState> {
    return this.#slots.save();
  }

  restore(state: OptimizerState): void {
    this.#slots.restore(state);
  }

  dispose(): void {
    this.#slots.dispose();
  }
}
