import "@tensorflow/tfjs-backend-webgl";
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import { env, findBackendFactory } from "@tensorflow/tfjs-core";
import { registerDeformConvKernels } from "../deformConv2d/kernels.js";
import { webglKernels } from "./webglKernels.js";

/**
 * Registers kernels of this package for TensorFlow.js' backend `webgl`: `deformConv2d`, its transpose and all their gradients then run as
 * shaders and matrix products, in time linear in the windows. Importing `@ddl/deform-conv/webgl` does it; call this again only after
 * changing flags of the backend.
 *
 * Needs WebGL 2 and textures of 32 bit floats (the flag `WEBGL_RENDER_FLOAT32_ENABLED`): 16 bits place a sample 64 pixels from the edge to
 * a sixteenth of a pixel only. Without them, and outside a browser, nothing is registered and operations of tfjs-core do the work.
 *
 * Beside inputs and results at most about 64 MiB are held. The gradient of x reads the offsets back from the graphics card, which waits for
 * the work before it.
 * @returns whether the kernels are registered
 * @example `import "@ddl/deform-conv/webgl"; // then deformConv2d(x, filter, offset)`
 */
export function registerWebglKernels(): boolean {
  // Asked first: outside a browser the flags would look for a canvas.
  if (findBackendFactory("webgl") === null) return false;
  if (env().getNumber("WEBGL_VERSION") !== 2 || !env().getBool("WEBGL_RENDER_FLOAT32_ENABLED")) return false;
  const kinds = ["forward", "inputGradient", "parameterGradients", "gradients"] as const;
  // TensorFlow.js hands kernels tensors, and takes tensors from them.
  registerDeformConvKernels<MathBackendWebGL>("webgl", webglKernels, kinds);
  return true;
}

registerWebglKernels();
