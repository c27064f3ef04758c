import type { Tensor } from "@tensorflow/tfjs-core";
import { tidy } from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { initializers } from "@tensorflow/tfjs-layers";
import type { LayerArgs } from "./layerArgs.js";
import { layerArgsOf } from "./layerArgs.js";
import type { CallArguments } from "./torchLayer.js";
import { channelsOf, inputOf, shapeOf, TorchLayer } from "./torchLayer.js";

/** A normalisation that is the same in training and in use, with a factor and an offset a channel if it is affine. */
export abstract class AffineLayer extends TorchLayer {
  readonly #label: string;
  readonly #affine: boolean;
  #gamma: LayerVariable | undefined;
  #beta: LayerVariable | undefined;

  constructor(label: string, args: LayerArgs, affine: boolean) {
    super(layerArgsOf(label, args));
    this.#label = label;
    this.#affine = affine;
  }

  protected abstract normalize(x: Tensor, scale: Tensor | undefined, offset: Tensor | undefined): Tensor;

  override build(inputShape: Shape | Shape[]): void {
    const channels = channelsOf(this.#label, inputShape);
    if (this.#affine) {
      this.#gamma = this.addFloats("gamma", [channels], initializers.ones());
      this.#beta = this.addFloats("beta", [channels], initializers.zeros());
    }
    const rank = shapeOf(inputShape).length;
    this.inputSpec = [{ ndim: rank, axes: { [rank - 1]: channels } }];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: CallArguments): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      return this.normalize(inputOf(inputs), this.#gamma?.read(), this.#beta?.read());
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return shapeOf(inputShape);
  }
}
