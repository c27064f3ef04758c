import type { StoredTensor } from "@ddl/backbones/weights";
import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import {
  add,
  backend,
  div,
  engine,
  getBackend,
  getKernel,
  keep,
  mul,
  sqrt,
  square,
  sub,
  tensor,
  tidy,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { AdamOptions } from "./adamOptions.js";
import { checkAdamOptions, decayOf } from "./adamOptions.js";

interface Moments {
  first: Tensor;
  second: Tensor;
}

/** A variable with its gradient, under a name that is the same in every process. */
export interface Update {
  name: string;
  variable: Variable;
  gradient: Tensor;
}

/**
 * Adam with bias correction, θ ← θ − lr·m̂ / (√v̂ + ε), as torch computes it (Kingma and Ba 2015, `kingma2015`, algorithm 1);
 * with a weight decay λ > 0 AdamW: first θ ← θ − lr·λ·θ (Loshchilov and Hutter 2019, `loshchilov2019`, algorithm 2 with a schedule of 1).
 *
 * Moments are kept by the name of their variable, so that they survive a change of order, and the powers of β in float64: tfjs's own
 * optimiser keeps both otherwise.
 */
export class Adam {
  readonly #options: Required<AdamOptions>;
  readonly #moments = new Map<string, Moments>();
  #steps = 0;

  constructor(options: AdamOptions = {}) {
    this.#options = checkAdamOptions("fit", "optimizer.", options, 0);
  }

  /** Number of updates so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Updates each variable by its gradient. */
  apply(updates: readonly Update[]): void {
    const { learningRate, beta1, beta2, epsilon } = this.#options;
    this.#steps++;
    // lr·m̂/(√v̂ + ε) with both corrections pulled out: lr/(1 − β₁ᵗ)·m / (√v/√(1 − β₂ᵗ) + ε).
    const step = learningRate / (1 - beta1 ** this.#steps);
    const root = Math.sqrt(1 - beta2 ** this.#steps);
    for (const { name, variable, gradient } of updates) {
      tidy(() => {
        const before = this.#moments.get(name) ?? {
          first: keep(zerosLike(variable)),
          second: keep(zerosLike(variable)),
        };
        this.#moments.set(name, before);
        const decay = decayOf(this.#options, variable.rank);
        const words = { beta1, beta2, epsilon, step, rootCorrection: 1 / root, decay };
        if (updateInPlace(variable, gradient, before, words)) return;
        const first = keep(add(mul(before.first, beta1), mul(gradient, 1 - beta1)));
        const second = keep(add(mul(before.second, beta2), mul(square(gradient), 1 - beta2)));
        const change = div(mul(first, step), add(div(sqrt(second), root), epsilon));
        const shrunk = decay === 0 ? variable : sub(variable, mul(variable, decay));
        variable.assign(sub(shrunk, change));
        before.first.dispose();
        before.second.dispose();
        this.#moments.set(name, { first, second });
      });
    }
  }

  /** The moments as arrays, under `first/<name>` and `second/<name>`. */
  async save(): Promise<Map<string, StoredTensor>> {
    const saved = new Map<string, StoredTensor>();
    for (const [name, { first, second }] of this.#moments) {
      saved.set(`first/${name}`, { shape: [...first.shape], values: (await first.data()).slice() as Float32Array });
      saved.set(`second/${name}`, { shape: [...second.shape], values: (await second.data()).slice() as Float32Array });
    }
    return saved;
  }

  /** Goes on from what {@link Adam.save} gave. */
  restore(steps: number, saved: ReadonlyMap<string, StoredTensor>): void {
    this.dispose();
    this.#steps = steps;
    for (const [key, first] of saved) {
      if (!key.startsWith("first/")) continue;
      const name = key.slice("first/".length);
      const second = saved.get(`second/${name}`)!;
      this.#moments.set(name, {
        first: tensor(first.values, first.shape),
        second: tensor(second.values, second.shape),
      });
    }
  }

  /** Gives the moments back. */
  dispose(): void {
    for (const { first, second } of this.#moments.values()) {
      first.dispose();
      second.dispose();
    }
    this.#moments.clear();
  }
}

/** A kernel of the backend `simd` that makes a step in one pass over memory. */
const fusedKernel = "SimdAdam";

/** Changes variable and moments where they lie, if the backend can and no other tensor shares their memory. @returns whether it did */
function updateInPlace(
  variable: Variable,
  gradient: Tensor,
  { first, second }: Moments,
  words: Record<string, number>,
): boolean {
  if (getKernel(fusedKernel, getBackend()) === undefined) return false;
  if ([variable, first, second].some(({ dataId }) => backend().refCount(dataId) !== 1)) return false;
  const tensors = { parameters: variable, gradients: gradient, firstMoments: first, secondMoments: second };
  engine().runKernel(fusedKernel, tensors as never, words as never);
  return true;
}
