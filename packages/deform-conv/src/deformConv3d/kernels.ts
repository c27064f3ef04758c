import type { Tensor } from "@tensorflow/tfjs-core";
import type { DeformConv3dGeometry } from "./geometry.js";

/** What the operation is linear in, and where it samples. */
interface DeformConv3dInputs {
  x: Tensor;
  filter: Tensor;
  offset: Tensor;
  mask: Tensor | undefined;
}

/** The operation without its bias, and its gradients; that of the mask is one of ones, if there is none. */
export interface DeformConv3dKernels {
  forward(inputs: DeformConv3dInputs, geometry: DeformConv3dGeometry): Tensor;
  gradients(
    inputs: DeformConv3dInputs & { dy: Tensor },
    geometry: DeformConv3dGeometry,
  ): { x: Tensor; filter: Tensor; offset: Tensor; mask: Tensor };
}
