import type { Tensor } from "@tensorflow/tfjs-core";
import { mean, serialization, tidy } from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";

/** The mean of each channel over all axes between batch and channels, which stay with length 1: torch's `AdaptiveAvgPool` to 1. */
export class SpatialMean extends layers.Layer {
  static className: string = "DdlSpatialMean";

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      return mean(
        x,
        x.shape.slice(1, -1).map((_, axis) => axis + 1),
        true,
      );
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = inputShape as Shape;
    return shape.map((n, axis) => (axis === 0 || axis === shape.length - 1 ? n : 1));
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(SpatialMean);
