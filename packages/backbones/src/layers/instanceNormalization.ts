import { instanceNorm } from "@ddl/backend-simd/operations";
import { expectBoolean, expectNumber, expectOptions } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { serialization } from "@tensorflow/tfjs-core";
import { AffineLayer } from "./affineLayer.js";
import type { LayerArgs } from "./layerArgs.js";
import { layerKeys } from "./layerArgs.js";

/** Options of {@link InstanceNormalization}. */
export interface InstanceNormalizationArgs extends LayerArgs {
  /** Added to the variance, > 0. Default 1e-5. */
  epsilon?: number;
  /** With a factor and an offset a channel. Default false, as in torch. */
  affine?: boolean;
}

const name = "InstanceNormalization";

/**
 * A layer that is torch's `InstanceNorm2d` and `InstanceNorm3d` without running statistics: each channel of each image is normalised by its
 * own moments, and with `affine` times `gamma` plus `beta`.
 *
 * Input (batch, …space, channels), float32, channels fixed; the result has its shape. It is registered: a program that imports this sub-path
 * loads models that have it. **Weights** with `affine`: `gamma`, `beta` (channels), 1 and 0 at first.
 * @throws ArgumentError, RangeArgumentError for options; ShapeError for an input without known channels
 * @example `const y = instanceNormalization({ affine: true, name: "norm1" }).apply(x)`
 *
 * Source: Ulyanov, Vedaldi and Lempitsky 2016 (`ulyanov2016`).
 */
export class InstanceNormalization extends AffineLayer {
  static className: string = `Ddl${name}`;

  readonly #settings: { epsilon: number; affine: boolean };

  constructor(args: InstanceNormalizationArgs = {}) {
    const { epsilon = 1e-5, affine = false } = expectOptions(name, args, ["epsilon", "affine", ...layerKeys]);
    expectNumber(name, "epsilon", epsilon, { above: 0 });
    super(name, args, expectBoolean(name, "affine", affine));
    this.#settings = { epsilon, affine };
  }

  protected normalize(x: Tensor, scale: Tensor | undefined, offset: Tensor | undefined): Tensor {
    return instanceNorm(x, { epsilon: this.#settings.epsilon, scale, offset });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...this.#settings, ...super.getConfig() };
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(InstanceNormalization);

/** Makes an {@link InstanceNormalization}. */
export function instanceNormalization(args: InstanceNormalizationArgs = {}): InstanceNormalization {
  return new InstanceNormalization(args);
}
