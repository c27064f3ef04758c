import type { Tensor } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "./geometry.js";

interface Weights {
  filter: Tensor;
  offset: Tensor;
  mask: Tensor | undefined;
}

/** The three kernels that the convolution, its transpose and all their gradients consist of. */
export interface DeformConvKernels {
  forward(inputs: Weights & { x: Tensor }, geometry: DeformConvGeometry): Tensor;
  inputGradient(inputs: Weights & { dy: Tensor }, geometry: DeformConvGeometry): Tensor;
  parameterGradients(
    inputs: Weights & { x: Tensor; dy: Tensor },
    geometry: DeformConvGeometry,
  ): { filter: Tensor; offset: Tensor; mask: Tensor };
}
