/**
 * Kernels of `deformConv2d`, its transpose, all poolings of RoIs and all their gradients for the backend `webgpu` of TensorFlow.js
 * (`@tensorflow/tfjs-backend-webgpu`). The import registers them; without it the same backend runs operations of tfjs-core.
 *
 * RoIs are cut into bins on the device and never read, so that a network's own boxes and offsets can be pooled without waiting. An RoI that
 * is not finite, or whose image is not in the batch, is an error while its values are still here (a tensor made of numbers that nothing has
 * used yet); else its result is NaN, and it has no gradient. Without this import RoIs and offsets that are on the device only are an error.
 *
 * Samples are never stored: each pass holds at most 9 KiB of workgroup memory, and beside results only the shares of the filter's gradient,
 * at most 16 MiB or one filter, and 12 bytes a tap of each window for the gradients of offset and mask. The gradient of the image is added up
 * without an order, so its last bits may differ from run to run. Each shader is compiled
 * once for all sizes, those of samples once for every number of offset groups (1, 2, up to 4, more) that 16 or 32 channels belong to.
 *
 * @example `import "@tensorflow/tfjs-backend-webgpu"; import "@ddl/deform-conv/webgpu"; await tf.setBackend("webgpu");`
 * @module
 */
import { registerDeformConvKernels } from "../deformConv2d/kernels.js";
import { lossOfBackend } from "../input/liveBackend.js";
import { registerRoiKernels } from "../roi/roiKernels.js";
import { branchGradients } from "./branchGradients.js";
import { filterGradient } from "./filterGradient.js";
import { forward } from "./forward.js";
import { inputGradient } from "./inputGradient.js";
import { roiKernels } from "./roiKernels.js";
import type { ComputeBackend } from "./runProgram.js";

registerDeformConvKernels<ComputeBackend>(
  "webgpu",
  (backend) => ({
    forward: (inputs, g) => forward(backend, inputs, g),
    inputGradient: (inputs, g) => inputGradient(backend, inputs, g),
    parameterGradients: (inputs, g) => ({
      ...branchGradients(backend, inputs, g),
      filter: filterGradient(backend, inputs, g),
    }),
  }),
  ["forward", "inputGradient", "parameterGradients"],
);

registerRoiKernels<ComputeBackend>("webgpu", roiKernels);

// A backend that runs already is watched from now on.
lossOfBackend();
