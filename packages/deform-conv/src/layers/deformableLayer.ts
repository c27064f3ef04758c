import { ShapeError } from "@ddl/core";
import type { serialization } from "@tensorflow/tfjs-core";
import type { initializers, LayerVariable, regularizers, Shape } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import type { WindowAxis } from "../input/slidingWindow.js";
import { windowCount } from "../input/slidingWindow.js";

export type Initializer = ReturnType<typeof initializers.zeros>;
export type Regularizer = ReturnType<typeof regularizers.l1l2>;

/** What the layers of this package have in common. */
export abstract class DeformableLayer extends layers.Layer {
  /** Makes a layer of a configuration, as the loader of models does. */
  static override fromConfig<T extends serialization.Serializable>(
    layer: serialization.SerializableConstructor<T>,
    { customObjects: _, ...config }: serialization.ConfigDict,
  ): T {
    // The loader of models adds the classes that it was given for a layer that holds others.
    return new layer(config);
  }

  /** Adds a weight, for the parts that a layer is made of. @internal */
  addFloats(key: string, shape: number[], initializer: Initializer, regularizer?: Regularizer): LayerVariable {
    return this.addWeight(key, shape, "float32", initializer, regularizer);
  }
}

/** The shape of a layer's one input, of four axes with known channels. @throws ShapeError */
export function imageShape(functionName: string, given: Shape | Shape[]): Shape {
  const shape = (Array.isArray(given[0]) ? given[0] : given) as Shape;
  if (shape.length !== 4 || shape[3] === null) {
    const expected = "have four axes (batch, height, width, channels), the last of known length";
    throw new ShapeError({ functionName, argument: "input", expected, received: shape });
  }
  return shape;
}

/** The shape of what windows over an input make. @throws ShapeError if there is none */
export function windowsShape(
  functionName: string,
  inputShape: Shape | Shape[],
  window: (height: number, width: number) => readonly [WindowAxis, WindowAxis],
  outputs: number | null,
): Shape {
  const [batch, height, width, channels] = imageShape(functionName, inputShape) as (number | null)[];
  // An axis of unknown length does not change the other: 1 stands for it.
  const axes = window(height ?? 1, width ?? 1);
  const counts = [height, width].map((size, k) => (size == null ? null : windowCount(size, axes[k]!)));
  if (counts.some((count) => count !== null && count < 1)) {
    const expected = `hold a window of [${axes[0].extent}, ${axes[1].extent}] pixels within its padding`;
    throw new ShapeError({ functionName, argument: "input", expected, received: [batch, height, width, channels] });
  }
  return [batch, ...counts, outputs ?? channels] as Shape;
}

/** Checks that groups divide channels. @throws ShapeError */
export function expectDivides(functionName: string, groups: Record<string, number>, count: number, of: string): void {
  for (const [argument, received] of Object.entries(groups)) {
    if (count % received === 0) continue;
    throw new ShapeError({ functionName, argument, expected: `divide the ${count} ${of}`, received });
  }
}
