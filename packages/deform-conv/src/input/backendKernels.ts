import type { KernelFunc, NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";
import { engine, getBackend, getKernel, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";

/** Makes a kernel known to TensorFlow.js, in place of another of that name and backend. */
export function registerBackendKernel(kernelName: string, backendName: string, kernelFunc: KernelFunc): void {
  if (getKernel(kernelName, backendName) !== undefined) unregisterKernel(kernelName, backendName);
  registerKernel({ kernelName, backendName, kernelFunc });
}

/** Whether the backend in use has a kernel of that name. */
export function hasBackendKernel(kernelName: string): boolean {
  return getKernel(kernelName, getBackend()) !== undefined;
}

/** Runs a kernel of the backend in use on those of the inputs that are there: TensorFlow.js takes no undefined one. */
export function runBackendKernel(
  kernelName: string,
  inputs: Record<string, Tensor | undefined>,
  attributes: object,
): Tensor | Tensor[] {
  const given = Object.entries(inputs).filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
  return engine().runKernel(kernelName, Object.fromEntries(given), attributes as NamedAttrMap);
}
