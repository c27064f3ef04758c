import { ArgumentError, expectBoolean, expectNumber, expectOneOf, expectOptions, RangeArgumentError } from "@ddl/core";
import { add, keep, mul, sub, tidy } from "@tensorflow/tfjs-core";
import type { OptimizerState } from "../trainingState.js";
import { fusedStep } from "./fused.js";
import type { TrainingOptimizer, WeightUpdate } from "./optimizer.js";
import type { ParameterGroup } from "./parameterGroups.js";
import { checkParameterGroups, describeOptions, groupOf } from "./parameterGroups.js";
import { Slots } from "./slots.js";

/** Options of SGD in `fit`. */
export interface SgdOptimizerOptions {
  kind: "sgd";
  /** Step size, > 0. Default 1e-2. */
  learningRate?: number;
  /** Decay μ of the velocity, in [0, 1). Default 0: no velocity. */
  momentum?: number;
  /** Part of the gradient that does not enter the velocity, in [0, 1]; it is 0 in the first update of a weight. Default 0. */
  dampening?: number;
  /** Steps along g + μ·v in place of v; needs a momentum and no dampening. Default false. */
  nesterov?: boolean;
  /** λ ≥ 0: λ times the weight is added to its gradient. Default 0. */
  weightDecay?: number;
  /** Which weights decay, as in Adam. Default `all`. */
  decays?: "all" | "kernels";
  /** Weights that are trained otherwise. */
  groups?: readonly ParameterGroup[];
}

/**
 * Stochastic gradient descent as torch computes it: g ← g + λθ; v ← g at first, then v ← μv + (1 − dampening)·g; θ ← θ − lr·v, or with
 * Nesterov's momentum θ ← θ − lr·(g + μv) (Sutskever et al. 2013, `sutskever2013`). The learning rate stays out of v: a change of it
 * takes effect at once.
 */
export class Sgd implements TrainingOptimizer {
  readonly learningRate: number;
  readonly description: string;
  readonly #options: Required<SgdOptimizerOptions>;
  readonly #slots = new Slots(["velocity"]);

  constructor(functionName: string, prefix: string, options: SgdOptimizerOptions) {
    this.#options = checkSgdOptions(functionName, prefix, options);
    this.learningRate = this.#options.learningRate;
    this.description = describeOptions(this.#options);
  }

  step(updates: readonly WeightUpdate[], learningRate: number): void {
    const { momentum, dampening, nesterov, decays, groups } = this.#options;
    for (const { name, variable, gradient: given } of updates) {
      const { learningRateFactor = 1, weightDecay = this.#options.weightDecay } = groupOf(groups, name) ?? {};
      const lambda = decays === "all" || variable.rank > 1 ? weightDecay : 0;
      const rate = learningRate * learningRateFactor;
      const updated = this.#slots.count(name);
      tidy(() => {
        const gradient = lambda === 0 ? given : add(given, mul(variable, lambda));
        if (momentum === 0) {
          if (fusedStep("SimdSgd", { parameters: variable, gradients: gradient }, { learningRate: rate })) return;
          variable.assign(sub(variable, mul(gradient, rate)));
          return;
        }
        const { velocity: before } = this.#slots.of(name, variable);
        // With v = 0 before, μv + g is torch's first v.
        const gain = updated === 1 ? 1 : 1 - dampening;
        const entering = gain === 1 ? gradient : mul(gradient, gain);
        const tensors = { parameters: variable, gradients: entering, velocities: before };
        if (fusedStep("SimdMomentum", tensors, { learningRate: rate, momentum, nesterov })) return;
        const velocity = keep(add(mul(before, momentum), entering));
        const direction = nesterov ? add(gradient, mul(velocity, momentum)) : velocity;
        variable.assign(sub(variable, mul(direction, rate)));
        this.#slots.replace(name, { velocity });
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

function checkSgdOptions(
  functionName: string,
  prefix: string,
  options: SgdOptimizerOptions,
): Required<SgdOptimizerOptions> {
  const known = [
    "kind",
    "learningRate",
    "momentum",
    "dampening",
    "nesterov",
    "weightDecay",
    "decays",
    "groups",
  ] as const;
  const {
    kind,
    learningRate = 1e-2,
    momentum = 0,
    dampening = 0,
    nesterov = false,
    weightDecay = 0,
    decays = "all",
    groups = [],
  } = expectOptions(functionName, options, known);
  expectNumber(functionName, `${prefix}learningRate`, learningRate, { above: 0 });
  expectNumber(functionName, `${prefix}momentum`, momentum, { min: 0, below: 1 });
  expectNumber(functionName, `${prefix}dampening`, dampening, { min: 0, max: 1 });
  expectBoolean(functionName, `${prefix}nesterov`, nesterov);
  expectNumber(functionName, `${prefix}weightDecay`, weightDecay, { min: 0 });
  expectOneOf(functionName, `${prefix}decays`, decays, ["all", "kernels"]);
  if (nesterov && momentum === 0) {
    const expected = "be > 0 with nesterov";
    throw new RangeArgumentError({ functionName, argument: `${prefix}momentum`, expected, received: momentum });
  }
  if (dampening !== 0 && (nesterov || momentum === 0)) {
    const expected = `be 0 ${nesterov ? "with nesterov" : "without momentum"}`;
    throw new ArgumentError({ functionName, argument: `${prefix}dampening`, expected, received: dampening });
  }
  checkParameterGroups(functionName, prefix, groups);
  return { kind, learningRate, momentum, dampening, nesterov, weightDecay, decays, groups };
}
