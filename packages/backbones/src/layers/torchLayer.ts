import { ShapeError } from "@ddl/core";
import type { serialization, Tensor } from "@tensorflow/tfjs-core";
import type { initializers, LayerVariable, regularizers, Shape } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";

export type Initializer = ReturnType<typeof initializers.zeros>;
export type Regularizer = ReturnType<typeof regularizers.l1l2>;

/** What a layer is told when it is called. */
export type CallArguments = Parameters<layers.Layer["call"]>[1];

/** What the layers of this package have in common: one input, float32, channels last. */
export abstract class TorchLayer extends layers.Layer {
  /** Makes a layer of a configuration, as the loader of models does. */
  static override fromConfig<T extends serialization.Serializable>(
    layer: serialization.SerializableConstructor<T>,
    { customObjects: _, ...config }: serialization.ConfigDict,
  ): T {
    // The loader of models adds the classes that it was given for a layer that holds others.
    return new layer(config);
  }

  /** Adds a weight that is trained, or only followed. */
  protected addFloats(
    key: string,
    shape: number[],
    initializer: Initializer,
    { regularizer, trainable = true }: { regularizer?: Regularizer | undefined; trainable?: boolean } = {},
  ): LayerVariable {
    return this.addWeight(key, shape, "float32", initializer, regularizer, trainable);
  }
}

/** The one tensor that a layer is called with. */
export function inputOf(inputs: Tensor | Tensor[]): Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}

/** The shape of a layer's one input. */
export function shapeOf(given: Shape | Shape[]): Shape {
  return (Array.isArray(given[0]) ? given[0] : given) as Shape;
}

/** The known channels of a layer's one input, of `rank` axes or any number ≥ 2. @throws ShapeError */
export function channelsOf(functionName: string, given: Shape | Shape[], rank?: number): number {
  const shape = shapeOf(given);
  const channels = shape.at(-1);
  if ((rank === undefined ? shape.length < 2 : shape.length !== rank) || channels == null) {
    const axes = rank === undefined ? "at least 2 axes" : `${rank} axes`;
    const expected = `have ${axes} (batch, …space, channels), the last of known length`;
    throw new ShapeError({ functionName, argument: "input", expected, received: shape });
  }
  return channels;
}
