import type { Tensor } from "@tensorflow/tfjs-core";
import type { DcnGeometry } from "./geometry.js";

/** Image, offset and mask, in the layout of `dcnV3`. */
interface DcnInputs {
  x: Tensor;
  offset: Tensor;
  mask: Tensor;
}

/** The operation and its gradients. */
export interface DcnKernels {
  forward(inputs: DcnInputs, geometry: DcnGeometry): Tensor;
  gradients(inputs: DcnInputs & { dy: Tensor }, geometry: DcnGeometry): DcnInputs;
}
