import { groupNorm } from "@ddl/backend-simd/operations";
import { expectNumber, expectOptions } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { reshape, serialization } from "@tensorflow/tfjs-core";
import { AffineLayer } from "./affineLayer.js";
import type { LayerArgs } from "./layerArgs.js";
import { layerKeys } from "./layerArgs.js";

/** Options of {@link LayerNormalization}. */
export interface LayerNormalizationArgs extends LayerArgs {
  /** Added to the variance, > 0. Default 1e-5, torch's; tf.layers' own has 1e-3. */
  epsilon?: number;
}

const name = "LayerNormalization";

/**
 * A layer that is torch's `LayerNorm` over the last axis: each vector of channels is normalised by its own moments, then `gamma` · x + `beta`.
 *
 * Input (batch, …, channels), float32, channels fixed; the result has its shape. It is registered: a program that imports this sub-path loads
 * models that have it. **Weights**: `gamma`, `beta` (channels), 1 and 0 at first.
 * @throws ArgumentError, RangeArgumentError for options; ShapeError for an input without known channels
 * @example `const y = layerNormalization({ name: "norm1" }).apply(tokens) // (batch, tokens, channels)`
 *
 * Source: Ba, Kiros and Hinton 2016 (`ba2016`).
 */
export class LayerNormalization extends AffineLayer {
  static className: string = `Ddl${name}`;

  readonly #epsilon: number;

  constructor(args: LayerNormalizationArgs = {}) {
    const { epsilon = 1e-5 } = expectOptions(name, args, ["epsilon", ...layerKeys]);
    expectNumber(name, "epsilon", epsilon, { above: 0 });
    super(name, args, true);
    this.#epsilon = epsilon;
  }

  protected normalize(x: Tensor, scale: Tensor | undefined, offset: Tensor | undefined): Tensor {
    const channels = x.shape.at(-1)!;
    // Each vector as an image of no pixels' extent, all of whose channels are one group.
    const vectors = reshape(x, [x.size / channels, channels]);
    return reshape(groupNorm(vectors, { groups: 1, epsilon: this.#epsilon, scale, offset }), x.shape);
  }

  override getConfig(): serialization.ConfigDict {
    return { epsilon: this.#epsilon, ...super.getConfig() };
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(LayerNormalization);

/** Makes a {@link LayerNormalization}. */
export function layerNormalization(args: LayerNormalizationArgs = {}): LayerNormalization {
  return new LayerNormalization(args);
}
