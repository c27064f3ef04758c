import type { Kernel, Runtime } from "@ddl/simd";
import { base64 } from "../generated/kernels.js";

const names = ["correlatePlanes", "correlateSlices", "gradientPlanes", "gradientSlices"] as const;

/** The kernels of this package, by name. */
export type Kernels = Record<(typeof names)[number], Kernel>;

// A runtime keeps what it has loaded as long as it lives: one load each.
const loaded = new WeakMap<Runtime, Promise<Kernels>>();

/** The kernels of this package, loaded into a runtime once. */
export function kernelsOf(runtime: Runtime): Promise<Kernels> {
  let kernels = loaded.get(runtime);
  if (kernels === undefined) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    kernels = runtime.loadKernels(bytes, names);
    loaded.set(runtime, kernels);
  }
  return kernels;
}
