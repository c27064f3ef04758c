/**
 * Importing this module gives the backend `simd` kernels of its own for deformable convolution, its transpose and RoI pooling.
 *
 * They are in use as soon as the backend has started, or, if it had started before, as soon as {@link ready} is fulfilled; until then,
 * and on other backends, nothing changes but time.
 * @module
 * @example
 * ```ts
 * import "@ddl/backend-simd";
 * import "@ddl/deform-conv/simd";
 * await tf.setBackend("simd");
 * ```
 */
import type { SimdExtensionContext } from "@ddl/backend-simd";
import { extendSimdBackend } from "@ddl/backend-simd";
import { DeformConvProgram } from "./program.js";
import { registerKernels } from "./registerKernels.js";

type SimdBackend = SimdExtensionContext["backend"];

const programs = new WeakMap<SimdBackend, DeformConvProgram>();

/** Fulfilled when the kernels are in use, or, if the backend has not started, at once: it then starts with them. */
export const ready: Promise<void> = extendSimdBackend("@ddl/deform-conv", async ({ backend, runtime, relaxed }) => {
  programs.set(backend, await DeformConvProgram.load(runtime, relaxed));
  registerKernels<SimdBackend>(
    "simd",
    (started) => programs.get(started)!,
    (started, work) =>
      started.runOwn(() =>
        work({
          address: (tensor) => started.pointer(tensor),
          make(shape) {
            const tensor = started.allocate(shape, "float32");
            return { tensor, address: started.pointer(tensor) };
          },
        }),
      ),
  );
});
