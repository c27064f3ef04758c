import { groupNorm } from "@ddl/backend-simd/operations";
import { expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { serialization } from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { AffineLayer } from "./affineLayer.js";
import type { LayerArgs } from "./layerArgs.js";
import { layerKeys } from "./layerArgs.js";
import { channelsOf } from "./torchLayer.js";

/** Options of {@link GroupNormalization}. */
export interface GroupNormalizationArgs extends LayerArgs {
  /** Groups of neighbouring channels; divides the input's channels. Default 32. */
  groups?: number;
  /** Added to the variance, > 0. Default 1e-5. */
  epsilon?: number;
}

const name = "GroupNormalization";

/**
 * A layer that is torch's `GroupNorm`: each image is normalised by the moments of each group of channels, then `gamma` · x + `beta`.
 *
 * Input (batch, …space, channels), float32, channels fixed; the result has its shape. It is registered: a program that imports this sub-path
 * loads models that have it. **Weights**: `gamma`, `beta` (channels), 1 and 0 at first.
 * @throws ArgumentError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example `const y = groupNormalization({ groups: 8, name: "norm1" }).apply(x)`
 *
 * Source: Wu and He 2018 (`wu2018`).
 */
export class GroupNormalization extends AffineLayer {
  static className: string = `Ddl${name}`;

  readonly #settings: { groups: number; epsilon: number };

  constructor(args: GroupNormalizationArgs = {}) {
    const { groups = 32, epsilon = 1e-5 } = expectOptions(name, args, ["groups", "epsilon", ...layerKeys]);
    expectNumber(name, "groups", groups, { integer: true, min: 1 });
    expectNumber(name, "epsilon", epsilon, { above: 0 });
    super(name, args, true);
    this.#settings = { groups, epsilon };
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = channelsOf(name, inputShape);
    const { groups } = this.#settings;
    if (channels % groups !== 0) {
      const expected = `divide the ${channels} input channels`;
      throw new ShapeError({ functionName: name, argument: "groups", expected, received: groups });
    }
    super.build(inputShape);
  }

  protected normalize(x: Tensor, scale: Tensor | undefined, offset: Tensor | undefined): Tensor {
    return groupNorm(x, { ...this.#settings, scale, offset });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...this.#settings, ...super.getConfig() };
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(GroupNormalization);

/** Makes a {@link GroupNormalization}. */
export function groupNormalization(args: GroupNormalizationArgs = {}): GroupNormalization {
  return new GroupNormalization(args);
}
