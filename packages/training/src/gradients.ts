import type { StoredTensor } from "@ddl/backbones/weights";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, clipByValue, keep, mul, scalar, sqrt, square, sum, tensor, tidy } from "@tensorflow/tfjs-core";
import { readTensors } from "./modelWeights.js";

/** How gradients are bounded before an update: by the norm of all together, or each number by itself. */
export type GradientClipping =
  | { /** Largest Euclidean norm of all gradients, > 0. */ norm: number }
  | { /** Largest absolute value of a number, > 0. */ value: number };

/** Gradients by the names of their weights. */
export type Gradients = Map<string, Tensor>;

/** Euclidean norm of all gradients as one vector. */
export function gradientNorm(gradients: Gradients): Scalar {
  return tidy(() => {
    const squares = [...gradients.values()].map((gradient) => sum(square(gradient)));
    // One by one: webgpu's addN takes no more operands than the device has storage buffers, 7 of 8, and says nothing.
    return sqrt(squares.reduce<Scalar>((total, one) => add(total, one), scalar(0)));
  });
}

/**
 * Replaces gradients by clipped ones, as torch: scaled by max/(norm + 1e-6) if that is less than 1, or cut off at ±value.
 * @param norm of the gradients
 */
export function clipGradients(gradients: Gradients, norm: number, clipping: GradientClipping | undefined): void {
  if (clipping === undefined) return;
  if ("value" in clipping) {
    replaceAll(gradients, (gradient) => clipByValue(gradient, -clipping.value, clipping.value));
    return;
  }
  const factor = clipping.norm / (norm + 1e-6);
  if (factor < 1) replaceAll(gradients, (gradient) => mul(gradient, factor));
}

/** Gives gradients back. */
export function disposeGradients(gradients: Gradients): void {
  for (const gradient of gradients.values()) gradient.dispose();
  gradients.clear();
}

function replaceAll(gradients: Gradients, change: (gradient: Tensor) => Tensor): void {
  for (const [name, gradient] of gradients) {
    gradients.set(
      name,
      tidy(() => change(gradient)),
    );
    gradient.dispose();
  }
}

/**
 * Mean gradients of several batches, each with the weight of its samples: those of one large batch if the loss is a mean over samples.
 */
export class GradientAccumulator {
  readonly #sums: Gradients = new Map();
  #samples = 0;
  #batches = 0;

  get samples(): number {
    return this.#samples;
  }

  /** Batches since the last mean was taken. */
  get batches(): number {
    return this.#batches;
  }

  /** Takes gradients over. */
  add(gradients: Gradients, samples: number): void {
    for (const [name, gradient] of gradients) {
      const before = this.#sums.get(name);
      const weighted = tidy(() => {
        const one = mul(gradient, samples);
        return keep(before === undefined ? one : add(before, one));
      });
      before?.dispose();
      this.#sums.set(name, weighted);
    }
    disposeGradients(gradients);
    this.#samples += samples;
    this.#batches++;
  }

  /** The mean, which is then forgotten here. */
  take(): Gradients {
    // By name: a file gives them back in another order, in which their norm would round otherwise.
    const mean: Gradients = new Map([...this.#sums].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.#sums.clear();
    replaceAll(mean, (gradient) => mul(gradient, 1 / this.#samples));
    this.#samples = 0;
    this.#batches = 0;
    return mean;
  }

  save(): Promise<Map<string, StoredTensor>> {
    return readTensors(this.#sums);
  }

  restore(saved: ReadonlyMap<string, StoredTensor>, samples: number, batches: number): void {
    this.dispose();
    for (const [name, { shape, values }] of saved) this.#sums.set(name, tensor(values, shape));
    this.#samples = samples;
    this.#batches = batches;
  }

  dispose(): void {
    disposeGradients(this.#sums);
    this.#samples = 0;
    this.#batches = 0;
  }
}
