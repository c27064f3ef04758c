import type { Optimizer, Tensor, Variable } from "@tensorflow/tfjs-core";
import {
  AdamOptimizer,
  backend,
  engine,
  getBackend,
  getKernel,
  mul,
  serialization,
  sub,
  tidy,
} from "@tensorflow/tfjs-core";
import type { AdamOptions } from "./adamOptions.js";
import { checkAdamOptions, decayOf } from "./adamOptions.js";

/**
 * AdamW for `model.compile` and `optimizer.minimize` of tfjs: θ ← θ − lr·λ·θ, then Adam's step, as torch's AdamW (Loshchilov and Hutter
 * 2019, `loshchilov2019`, algorithm 2 with a schedule of 1).
 *
 * It works on every backend; on `simd` both parts run in place. What it remembers, saves and restores is what `tf.train.adam` does, and a
 * model that is saved with its optimiser is loaded with it, in a program that imports `adamW`. `fit` has the same by its option
 * `optimizer: { weightDecay }`.
 *
 * @param options those of `fit`'s optimiser; `weightDecay` is 0.01 by default
 * @throws ArgumentError, RangeArgumentError for options
 * @example
 * ```ts
 * model.compile({ optimizer: adamW({ learningRate: 1e-3, weightDecay: 0.05, decays: "kernels" }), loss: "meanSquaredError" });
 * ```
 */
export function adamW(options: AdamOptions = {}): Optimizer {
  return new AdamW(options);
}

type Gradients = Parameters<AdamOptimizer["applyGradients"]>[0];

class AdamW extends AdamOptimizer {
  readonly #weightDecay: number;
  readonly #decays: "all" | "kernels";

  static {
    // A model that was saved with this optimiser names it.
    serialization.registerClass(AdamW);
  }

  /** @nocollapse */
  static override get className(): string {
    return "AdamW";
  }

  constructor(options: AdamOptions) {
    const { learningRate, beta1, beta2, epsilon, weightDecay, decays } = checkAdamOptions("adamW", "", options, 0.01);
    super(learningRate, beta1, beta2, epsilon);
    this.#weightDecay = weightDecay;
    this.#decays = decays;
  }

  override applyGradients(gradients: Gradients): void {
    const list: [string, Tensor | null][] = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }) => [name, tensor])
      : Object.entries(gradients);
    const options = { learningRate: this.learningRate, weightDecay: this.#weightDecay, decays: this.#decays };
    for (const [name, gradient] of list) {
      const variable = engine().registeredVariables[name]!;
      const decay = decayOf(options, variable.rank);
      // What takes no part in the loss stays as it is, as in torch.
      if (gradient != null && decay !== 0) shrink(variable, decay);
    }
    super.applyGradients(gradients);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), weightDecay: this.#weightDecay, decays: this.#decays };
  }

  /** @nocollapse */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    // tfjs adds the classes that loading was given.
    const { customObjects: _, ...options } = config;
    return new cls(options);
  }
}

/** A step of plain descent on the backend `simd`, in place. */
const descent = "SimdSgd";

/** θ ← θ − decay·θ: a factor 1 − decay would be rounded, which is much for a small decay. */
function shrink(variable: Variable, decay: number): void {
  tidy(() => {
    const inPlace =
      getKernel(descent, getBackend()) !== undefined &&
      variable.dtype === "float32" &&
      backend().refCount(variable.dataId) === 1;
    // A weight is the gradient of half its square: the decay is a step of descent along it.
    const inputs = { parameters: variable, gradients: variable };
    if (inPlace) engine().runKernel(descent, inputs as never, { learningRate: decay } as never);
    else variable.assign(sub(variable, mul(variable, decay)));
  });
}
