import { ArgumentError, BackendError, expectBoolean, expectOptions, StateError } from "@ddl/core";
import type { Runtime, RuntimeOptions } from "@ddl/simd";
import { createRuntime, expectRuntimeOptions, simdFeatures } from "@ddl/simd";
import type { KernelConfig, KernelFunc } from "@tensorflow/tfjs-core";
import {
  engine,
  findBackendFactory,
  getGradient,
  getKernel,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
  removeBackend,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { Kernels } from "./backend/kernels.js";
import { record } from "./backend/profile.js";
import { SimdBackend } from "./backend/SimdBackend.js";
import { registerActivationGradients } from "./gradients/activations.js";
import { registerBatchNormGradient, registerTrainingBatchNormGradient } from "./gradients/batchNorm.js";
import { registerConv2dGradient } from "./gradients/conv2d.js";
import { registerConv3dGradient } from "./gradients/conv3d.js";
import { registerGroupedConv2dGradient } from "./gradients/groupedConv2d.js";
import { registerReductionGradients } from "./gradients/reductions.js";
import { releaseEarly } from "./gradients/releaseEarly.js";
import { kernelConfigs } from "./kernels/configs.js";
import type { SimdKernelConfig, SimdKernelContext } from "./kernels/simdKernel.js";
import { fuseBatchNormalization } from "./layers/fuseBatchNormalization.js";
import { fuseOptimizers } from "./optimizers/fuseOptimizers.js";

/** Options of {@link registerSimdBackend}. */
export interface SimdBackendOptions extends Pick<RuntimeOptions, "threads" | "memoryLimit" | "workerUrl"> {
  /**
   * Use the build with fused multiply-add where the platform has it. `true` also switches it on in a Node that hides it behind a flag,
   * which is a setting of the whole process; it must come before anything is compiled. Default: where it is on already.
   */
  relaxedSimd?: boolean;
  /** Convolutions without Winograd's transform: slower, as exact as `cpu`, and NaN and infinity travel as there. Default false. */
  precise?: boolean;
  /**
   * Where the module of kernels lies, for pages that host it themselves: `plain.wasm` or `relaxed.wasm` of this package, of this version.
   * The file then decides which build computes.
   */
  wasmUrl?: string | URL;
}

const backendName = "simd";

/** What an extension is given of a backend that starts. */
export interface SimdExtensionContext {
  backend: SimdBackend;
  /** Memory and threads, to load kernels into. */
  runtime: Runtime;
  /** Whether products and sums may be fused: relaxed SIMD is there and was not declined. */
  relaxed: boolean;
}

type SimdExtension = (context: SimdExtensionContext) => Promise<void>;

/** What makes the backend; it keeps why it could not. */
type SimdFactory = (() => Promise<SimdBackend>) & { failure?: Error | undefined };

const extensionsKey: unique symbol = Symbol.for("@ddl/backend-simd extensions") as never;

/** What others add to the backend; it outlives the backend's removal, and copies of this package share it. */
function extensions(): Map<string, SimdExtension> {
  const place = globalThis as { [extensionsKey]?: Map<string, SimdExtension> };
  place[extensionsKey] ??= new Map();
  return place[extensionsKey];
}

/**
 * Registers the backend `simd`. Importing the package has done it with defaults; call it to choose, before the backend is used first.
 *
 * What goes wrong later, at the start, TensorFlow.js only warns of, and `tf.setBackend("simd")` gives false: {@link simdStatus} has the error.
 *
 * @throws ArgumentError, RangeArgumentError for options; StateError if the backend is in use
 * @example
 * ```ts
 * registerSimdBackend({ threads: 4, precise: true });
 * await tf.setBackend("simd");
 * ```
 */
export function registerSimdBackend(options: SimdBackendOptions = {}): void {
  const known = ["threads", "memoryLimit", "workerUrl", "relaxedSimd", "precise", "wasmUrl"] as const;
  const {
    relaxedSimd,
    precise = false,
    wasmUrl,
    ...runtimeOptions
  } = expectOptions("registerSimdBackend", options, known);
  if (relaxedSimd !== undefined) expectBoolean("registerSimdBackend", "relaxedSimd", relaxedSimd);
  expectBoolean("registerSimdBackend", "precise", precise);
  if (wasmUrl !== undefined && typeof wasmUrl !== "string" && !(wasmUrl instanceof URL)) {
    const parts = { argument: "wasmUrl", expected: "be a string or a URL", received: wasmUrl };
    throw new ArgumentError({ functionName: "registerSimdBackend", ...parts });
  }
  expectRuntimeOptions("registerSimdBackend", runtimeOptions);
  if (startedBackend() !== undefined) {
    throw new StateError("registerSimdBackend: the backend is in use already; options must come before its first use.");
  }
  registerKernels();
  if (isRegistered()) removeBackend(backendName);
  const factory: SimdFactory = async () => {
    try {
      factory.failure = undefined;
      const backend = await start(options);
      if (findBackendFactory(backendName) === factory) return backend;
      // TensorFlow.js would drop it as it is, with its threads.
      backend.dispose();
      throw new StateError("registerSimdBackend: the backend was registered again before it had started.");
    } catch (error) {
      factory.failure = error as Error;
      throw error;
    }
  };
  registerBackend(backendName, factory, 2);
}

/**
 * Adds kernels of another package to the backend: `extension` runs whenever the backend starts, before it is used, and at once if it has
 * started already. An extension of the same name is replaced.
 * @returns fulfilled when that is done; at once, if the backend is still to start
 * @example
 * ```ts
 * await extendSimdBackend("mine", async ({ runtime }) => {
 *   const kernels = await runtime.loadKernels(url, ["scale"]);
 *   tf.registerKernel({ kernelName: "Scale", backendName: "simd", kernelFunc: … });
 * });
 * ```
 */
export async function extendSimdBackend(name: string, extension: SimdExtension): Promise<void> {
  extensions().set(name, extension);
  const backend = startedBackend();
  if (backend !== undefined) await extension(contextOf(backend));
}

const contextOf = (backend: SimdBackend): SimdExtensionContext => ({
  backend,
  runtime: backend.runtime,
  relaxed: backend.relaxed,
});

async function start({
  relaxedSimd,
  precise = false,
  wasmUrl,
  ...runtimeOptions
}: SimdBackendOptions): Promise<SimdBackend> {
  if (relaxedSimd === true && !simdFeatures().relaxedSimd) await switchRelaxedSimdOn();
  if (getGradient("Conv2D") === undefined) await import("./gradients/registerAll.js");
  registerConv2dGradient();
  registerGroupedConv2dGradient();
  registerConv3dGradient();
  registerActivationGradients();
  registerBatchNormGradient();
  registerTrainingBatchNormGradient();
  registerReductionGradients();
  fuseOptimizers();
  releaseEarly();
  fuseBatchNormalization();
  const runtime = await createRuntime(runtimeOptions);
  try {
    const relaxed = (relaxedSimd ?? true) && simdFeatures().relaxedSimd;
    const backend = new SimdBackend(runtime, await Kernels.load(runtime, relaxed, wasmUrl), precise, relaxed);
    for (const extension of extensions().values()) await extension(contextOf(backend));
    return backend;
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/** What the backend runs on, or why it does not. */
export interface SimdStatus {
  /** Threads that compute; 0 while the backend is not started. */
  threads: number;
  /** Why fewer threads compute than were asked for: workers that were refused or died. Undefined while all is well. */
  threadsLost: string | undefined;
  /** Why the last start failed, of which TensorFlow.js says no more than a warning. */
  failure: Error | undefined;
}

/**
 * Tells on how many threads the backend computes, and what went wrong.
 * @example `if (!(await tf.setBackend("simd"))) console.error(simdStatus().failure);`
 */
export function simdStatus(): SimdStatus {
  const runtime = startedBackend()?.runtime;
  return {
    threads: runtime?.threads ?? 0,
    threadsLost: runtime?.threadsLost,
    failure: (findBackendFactory(backendName) as SimdFactory | null)?.failure,
  };
}

/** The backend in use. TensorFlow.js's `findBackend` would start it. */
function startedBackend(): SimdBackend | undefined {
  return engine().registry[backendName] as unknown as SimdBackend | undefined;
}

/** Whether it was done, with whichever options and by whichever copy of this package. */
export function isRegistered(): boolean {
  return findBackendFactory(backendName) !== null;
}

/** Every kernel of `cpu` under the new name, those that are written for it in their place, and those that only it has. */
function registerKernels(): void {
  const inherited = new Map(getKernelsForBackend("cpu").map((config) => [config.kernelName, config]));
  const own = new Map(kernelConfigs.map((config) => [config.kernelName, config]));
  for (const kernelName of new Set([...inherited.keys(), ...own.keys()])) {
    if (getKernel(kernelName, backendName) !== undefined) unregisterKernel(kernelName, backendName);
    registerKernel({ kernelName, backendName, kernelFunc: kernelFunc(own.get(kernelName), inherited.get(kernelName)) });
  }
}

function kernelFunc(own: SimdKernelConfig | undefined, inherited: KernelConfig | undefined): KernelFunc {
  return (context) => {
    const began = performance.now();
    const { inputs, backend, attrs = {} } = context as unknown as SimdKernelContext;
    const result = own === undefined ? undefined : backend.runOwn(() => own.run({ inputs, backend, attrs }));
    if (result !== undefined) {
      record(own!.kernelName, "wasm", began);
      return result;
    }
    if (inherited === undefined) throw new BackendError(`simd: ${own!.kernelName} cannot take these tensors.`);
    const other = backend.runInherited(() => inherited.kernelFunc(context));
    record(inherited.kernelName, "inherited", began);
    return other;
  };
}

/** Node 20 has relaxed SIMD behind a flag of V8. */
async function switchRelaxedSimdOn(): Promise<void> {
  if (typeof process !== "object" || process.versions?.node === undefined) return;
  const v8 = (await import(
    /* @vite-ignore */ /* webpackIgnore: true */ ["node", "v8"].join(":")
  )) as typeof import("node:v8");
  v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
}
