/**
 * Importing this module gives TensorFlow.js' stock backend `wasm` kernels of its own for deformable convolution, its transpose and RoI
 * pooling.
 *
 * They run in a memory of their own, on all processors where the platform lets threads share memory: operands are copied there and results
 * back, which costs little beside the work. They are in use as soon as {@link ready} is fulfilled; until then nothing changes but time.
 * @module
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-wasm";
 * import { ready } from "@ddl/deform-conv/wasm";
 * await Promise.all([tf.setBackend("wasm"), ready]);
 * ```
 */
import { sharedRuntime, simdFeatures } from "@ddl/simd";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { DeformConvProgram } from "../simd/program.js";
import { registerKernels } from "../simd/registerKernels.js";
import { withCopies } from "./withCopies.js";

/** Fulfilled when the kernels are in use: true, or false where WebAssembly has no SIMD and TensorFlow.js' operations go on. */
export const ready: Promise<boolean> = start();

async function start(): Promise<boolean> {
  const { simd, relaxedSimd } = simdFeatures();
  if (!simd) return false;
  const runtime = await sharedRuntime();
  const program = await DeformConvProgram.load(runtime, relaxedSimd);
  registerKernels<BackendWasm>(
    "wasm",
    () => program,
    (backend, work) => withCopies(backend, runtime, work),
  );
  return true;
}
