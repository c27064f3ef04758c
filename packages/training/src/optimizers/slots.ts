import type { StoredTensor } from "@ddl/backbones/weights";
import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import { keep, tensor, tidy, zerosLike } from "@tensorflow/tfjs-core";
import type { OptimizerState } from "../trainingState.js";

/** What an optimiser remembers of weights, by name: tensors of the weight's shape, under a kind each, and the number of updates. */
export class Slots<Kind extends string> {
  readonly #kinds: readonly Kind[];
  readonly #tensors = new Map<string, Record<Kind, Tensor>>();
  readonly #updates = new Map<string, number>();

  constructor(kinds: readonly Kind[]) {
    this.#kinds = kinds;
  }

  /** Counts one more update of a weight. @returns its number, from 1 */
  count(name: string): number {
    const updates = (this.#updates.get(name) ?? 0) + 1;
    this.#updates.set(name, updates);
    return updates;
  }

  /** What is remembered of a weight, zeros at first. */
  of(name: string, variable: Variable): Record<Kind, Tensor> {
    let held = this.#tensors.get(name);
    if (held === undefined) {
      held = tidy(() =>
        Object.fromEntries(this.#kinds.map((kind) => [kind, keep(zerosLike(variable))])),
      ) as unknown as Record<Kind, Tensor>;
      this.#tensors.set(name, held);
    }
    return held;
  }

  /** Puts other tensors in the place of those remembered, which are disposed. */
  replace(name: string, tensors: Record<Kind, Tensor>): void {
    for (const kind of this.#kinds) this.#tensors.get(name)?.[kind].dispose();
    this.#tensors.set(name, tensors);
  }

  async save(): Promise<OptimizerState> {
    const saved = new Map<string, StoredTensor>();
    for (const [name, held] of this.#tensors) {
      for (const kind of this.#kinds) {
        const values = (await held[kind].data()).slice() as Float32Array;
        saved.set(`${kind}/${name}`, { shape: [...held[kind].shape], values });
      }
    }
    return { updates: Object.fromEntries(this.#updates), tensors: saved };
  }

  restore({ updates, tensors }: OptimizerState): void {
    this.dispose();
    for (const [name, count] of Object.entries(updates)) {
      this.#updates.set(name, count);
      const stored = this.#kinds.map((kind) => [kind, tensors.get(`${kind}/${name}`)] as const);
      if (stored.some(([, one]) => one === undefined)) continue;
      const held = stored.map(([kind, one]) => [kind, tensor(one!.values, one!.shape)]);
      this.#tensors.set(name, Object.fromEntries(held));
    }
  }

  dispose(): void {
    for (const held of this.#tensors.values()) {
      for (const kind of this.#kinds) held[kind].dispose();
    }
    this.#tensors.clear();
    this.#updates.clear();
  }
}
