import type { Tensor } from "@tensorflow/tfjs-core";
import type { LayerVariable, layers } from "@tensorflow/tfjs-layers";
import type { DeformableLayer, Initializer, Regularizer } from "./deformableLayer.js";

/** What a layer of tf.layers.conv2d has made of its options; its types hide it. */
interface Conv2DParts {
  activation: { apply(x: Tensor): Tensor };
  useBias: boolean;
  kernelInitializer: Initializer;
  biasInitializer: Initializer;
  kernelRegularizer?: Regularizer;
  biasRegularizer?: Regularizer;
}

const partsOf = (plain: layers.Layer): Conv2DParts => plain as unknown as Conv2DParts;

/** The layer's activation of a value. */
export function activated(plain: layers.Layer, value: Tensor): Tensor {
  return partsOf(plain).activation.apply(value);
}

/** Adds the filter and, if it has one, the bias of a plain convolution to a layer. */
export function addFilter(
  plain: layers.Layer,
  layer: DeformableLayer,
  shape: number[],
  outputs: number,
): LayerVariable[] {
  const { kernelInitializer, kernelRegularizer, useBias, biasInitializer, biasRegularizer } = partsOf(plain);
  const filter = layer.addFloats("kernel", shape, kernelInitializer, kernelRegularizer);
  if (!useBias) return [filter];
  return [filter, layer.addFloats("bias", [outputs], biasInitializer, biasRegularizer)];
}
