import { Random, StateError } from "@ddl/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** What is used here of a layer. */
interface LayerParts {
  name: string;
  getClassName(): string;
  seed?: number | undefined;
  rate?: number;
  /** Of a model inside the model. */
  layers?: LayerParts[];
  /** Of a wrapper such as TimeDistributed. */
  layer?: LayerParts;
}

/** Layers of tf.layers whose random numbers cannot be seeded. */
const unseeded = ["GaussianNoise", "GaussianDropout", "AlphaDropout", "RandomWidth"];

/**
 * Makes dropout depend on seed, epoch and batch alone. A Dropout layer of tf.layers draws unseeded numbers if it has no seed, and the same
 * mask in each step if it has one: here each gets another seed for each step, and its own back at the end.
 */
export class DropoutSeeds {
  readonly #random: Random;
  readonly #layers: { layer: LayerParts; own: number | undefined }[];

  /** @throws StateError for a model with layers whose noise cannot be seeded */
  constructor(model: LayersModel, seed: number) {
    const layers = allLayers(model as unknown as LayerParts);
    const strange = layers.find((layer) => unseeded.includes(layer.getClassName()));
    if (strange !== undefined) {
      const what = `${strange.name} is a ${strange.getClassName()}`;
      throw new StateError(`fit: model must have no noise that cannot be seeded; its layer ${what}. Use dropout.`);
    }
    this.#random = Random.fromSeed(seed).fork("dropout");
    this.#layers = layers
      .filter((layer) => "seed" in layer && "rate" in layer)
      .map((layer) => ({ layer, own: layer.seed }));
  }

  /** Sets the seeds for one batch. */
  set(epoch: number, step: number): void {
    for (const [k, { layer }] of this.#layers.entries()) {
      // By its number, not its name, to which tf.layers adds a counter of the process.
      layer.seed =
        1 +
        this.#random
          .fork(k)
          .fork(epoch)
          .fork(step)
          .integer(2 ** 31 - 1);
    }
  }

  /** Gives the layers their own seeds back. */
  dispose(): void {
    for (const { layer, own } of this.#layers) layer.seed = own;
  }
}

function allLayers(of: LayerParts): LayerParts[] {
  const inside = of.layers ?? (of.layer === undefined ? [] : [of.layer]);
  return [of, ...inside.flatMap(allLayers)];
}
