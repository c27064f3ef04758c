import "@tensorflow/tfjs-backend-webgl";
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import { env, findBackendFactory } from "@tensorflow/tfjs-core";
import { registerDeformConvKernels } from "../deformConv2d/kernels.js";
import { webglKernelKinds, webglKernels } from "./webglKernels.js";

/**
 * Registers kernels of this package for TensorFlow.js' backend `webgl`: `deformConv2d`, its transpose and all their gradients then run as
 * shaders and matrix products, in time linear in the windows. Importing `@ddl/deform-conv/webgl` does it.
 *
 * Needs WebGL 2 and textures of 32 bit floats: 16 bits place a sample 64 pixels from the edge to a sixteenth of a pixel only. Where they
 * are missing or `WEBGL_FORCE_F16_TEXTURES` is set (set flags before the import), and outside a browser, nothing is registered and
 * operations of tfjs-core do the work.
 *
 * Beside inputs and results at most about 64 MiB are held. The gradient of x reads the offsets back from the graphics card, which waits for
 * the work before it.
 * @returns whether the kernels were registered
 * @example `import "@ddl/deform-conv/webgl"; // then deformConv2d(x, filter, offset) on the backend webgl`
 */
export function registerWebglKernels(): boolean {
  // Asked first: outside a browser the flags would look for a canvas.
  if (findBackendFactory("webgl") === null || env().getNumber("WEBGL_VERSION") !== 2) return false;
  // Not the flag that combines these two: to read it would settle it, and a later wish for 16 bits would go unheard.
  if (env().getBool("WEBGL_FORCE_F16_TEXTURES") || !env().getBool("WEBGL_RENDER_FLOAT32_CAPABLE")) return false;
  // TensorFlow.js hands kernels tensors, and takes tensors from them.
  registerDeformConvKernels<MathBackendWebGL>("webgl", (backend) => webglKernels(backend), webglKernelKinds);
  return true;
}

registerWebglKernels();
