import type { StoredTensor } from "@ddl/backbones/weights";
import type { Tensor } from "@tensorflow/tfjs-core";
import { add, clone, keep, mul, tensor, tidy } from "@tensorflow/tfjs-core";
import type { NamedWeight } from "./modelWeights.js";
import { expectSameTensors, readTensors } from "./modelWeights.js";

/**
 * Exponential moving average of weights, w̄ ← decay·w̄ + (1 − decay)·w after each update, as torch's AveragedModel with that `avg_fn`: it
 * begins as a copy of the weights after the first update (Polyak and Juditsky 1992, `polyak1992`, averaged with forgetting).
 */
export class MovingAverage {
  readonly #decay: number;
  readonly #weights: readonly NamedWeight[];
  #averages: Tensor[] = [];

  constructor(decay: number, weights: readonly NamedWeight[]) {
    this.#decay = decay;
    this.#weights = weights;
  }

  update(): void {
    const before = this.#averages;
    this.#averages = this.#weights.map(({ variable }, k) =>
      tidy(() =>
        keep(
          before.length === 0
            ? // A clone would share the weight's memory, and updates in place would first have to move it.
              add(variable, 0)
            : add(mul(before[k]!, this.#decay), mul(variable, 1 - this.#decay)),
        ),
      ),
    );
    for (const one of before) one.dispose();
  }

  /** Runs a function while the weights are their averages; running statistics stay the model's. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    if (this.#averages.length === 0) return run();
    const held = this.#weights.map(({ variable }) => clone(variable as Tensor));
    this.apply();
    try {
      return await run();
    } finally {
      for (const [k, { variable }] of this.#weights.entries()) variable.assign(held[k]!);
      for (const one of held) one.dispose();
    }
  }

  /** Makes the averages the weights. */
  apply(): void {
    for (const [k, average] of this.#averages.entries()) this.#weights[k]!.variable.assign(average);
  }

  async save(): Promise<Map<string, StoredTensor>> {
    return readTensors(this.#averages.map((average, k) => [this.#weights[k]!.name, average]));
  }

  /** @throws StateError that lists names and shapes that do not fit */
  restore(saved: ReadonlyMap<string, StoredTensor>): void {
    this.dispose();
    if (saved.size === 0) return;
    const ours = this.#weights.map(({ name, variable }) => ({ name, shape: variable.shape }));
    expectSameTensors("the averages do not fit the model: it has", ours, saved);
    this.#averages = this.#weights.map(({ name }) => tensor(saved.get(name)!.values, saved.get(name)!.shape));
  }

  dispose(): void {
    for (const average of this.#averages) average.dispose();
    this.#averages = [];
  }
}
