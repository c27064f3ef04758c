export type { SimdFeatures } from "./features.js";
export { simdFeatures } from "./features.js";
export type { Heap } from "./heap.js";
export type { KernelSource } from "./loadModule.js";
export type { JobOptions, Kernel, Runtime, RuntimeOptions } from "./runtime.js";
export { createRuntime, expectRuntimeOptions } from "./runtime.js";
export { closeSharedRuntime, sharedRuntime } from "./shared.js";
export { workerProgram } from "./workerProgram.js";
