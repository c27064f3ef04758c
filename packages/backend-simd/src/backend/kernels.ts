import { BackendError } from "@ddl/core";
import type { Kernel, Runtime } from "@ddl/simd";
import { simdFeatures } from "@ddl/simd";
import { names } from "../generated/names.js";
import type { KernelHost } from "../kernels/kernelHost.js";

/** The kernels of a runtime by name. */
export class Kernels implements KernelHost {
  readonly #runtime: Runtime;
  readonly #byName: Readonly<Record<string, Kernel>>;

  private constructor(runtime: Runtime, byName: Readonly<Record<string, Kernel>>) {
    this.#runtime = runtime;
    this.#byName = byName;
  }

  /**
   * Loads the build that suits the platform.
   * @param relaxed whether products and sums may be fused
   * @param wasmUrl where the module lies, instead of the one inside this package; then that file decides which build it is
   */
  static async load(runtime: Runtime, relaxed: boolean, wasmUrl: string | URL | undefined): Promise<Kernels> {
    return new Kernels(runtime, await runtime.loadKernels(wasmUrl ?? (await ownModule(relaxed)), names));
  }

  parallelFor(kernel: string, chunks: number, words: readonly number[], scratchBytes = 0): void {
    const found = this.#byName[kernel];
    if (found === undefined) throw new BackendError(`parallelFor: there is no kernel ${kernel}.`);
    this.#runtime.parallelFor(found, chunks, words, { scratchBytes });
  }

  allocate(bytes: number): number {
    return this.#runtime.heap.allocate(bytes);
  }

  free(pointer: number): void {
    this.#runtime.heap.free(pointer);
  }
}

async function ownModule(relaxed: boolean): Promise<Uint8Array> {
  const { base64 } =
    relaxed && simdFeatures().relaxedSimd
      ? await import("../generated/relaxed.js")
      : await import("../generated/plain.js");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
