import type { Tensor } from "@tensorflow/tfjs-core";
import type { AttentionGeometry } from "./geometry.js";

/** Tensors of an attention; the last axis of `locations` is [x, y]. */
interface AttentionInputs {
  value: Tensor;
  locations: Tensor;
  weights: Tensor;
}

/** The attention, and its gradients for the gradient of the result. */
export interface AttentionKernels {
  forward(inputs: AttentionInputs, geometry: AttentionGeometry): Tensor;
  gradients(inputs: AttentionInputs, dy: Tensor, geometry: AttentionGeometry): AttentionInputs;
}
