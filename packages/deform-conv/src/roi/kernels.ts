import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { hasBackendKernel, registerBackendKernel, runBackendKernel } from "../input/backendKernels.js";
import type { BinPlan } from "./bins.js";

/** The kernels of all RoI operations that take weighted sums, and their adjoint. `T` is how a backend knows a tensor. */
export interface BinKernels<T = Tensor> {
  sums(x: T, plan: BinPlan): T;
  gradient(dy: T, plan: BinPlan): T;
}

/** By what TensorFlow.js knows the kernels. */
export const binKernelNames = { sums: "DeformBinSums", gradient: "DeformBinGradient" } as const;

/** Makes kernels known to TensorFlow.js, in place of others of the same backend. */
export function registerBinKernels<B>(backendName: string, kernels: (backend: B) => BinKernels<TensorInfo>): void {
  for (const kind of ["sums", "gradient"] as const) {
    registerBackendKernel(binKernelNames[kind], backendName, ({ inputs, attrs, backend }) =>
      kernels(backend as B)[kind](inputs["values"]!, (attrs as unknown as { plan: BinPlan }).plan),
    );
  }
}

/** The kernels of the backend in use, if it has them. */
export function registeredBinKernels(): BinKernels | undefined {
  if (!hasBackendKernel(binKernelNames.sums) || !hasBackendKernel(binKernelNames.gradient)) return undefined;
  const run = (kind: keyof BinKernels, values: Tensor, plan: BinPlan): Tensor =>
    runBackendKernel(binKernelNames[kind], { values }, { plan }) as Tensor;
  return { sums: (x, plan) => run("sums", x, plan), gradient: (dy, plan) => run("gradient", dy, plan) };
}
