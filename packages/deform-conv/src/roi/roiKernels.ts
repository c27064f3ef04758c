import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { hasBackendKernel, registerBackendKernel, runBackendKernel } from "../input/backendKernels.js";
import type { RoiLayout } from "./layout.js";

/** RoIs, and what moves their bins. */
interface Places<T> {
  rois: T;
  offset?: T | undefined;
}

/**
 * Kernels that cut RoIs into bins themselves, for devices whose values cannot be read at once. An RoI that is not finite or has no image of
 * the batch gives NaN, and no gradient.
 */
export interface RoiKernels<T = Tensor> {
  /** The weighted sum of each bin. */
  sums(inputs: Places<T> & { x: T }, layout: RoiLayout): T;
  /** The adjoint of `sums`. */
  gradient(inputs: Places<T> & { dy: T }, layout: RoiLayout): T;
  /** What a unit of the offset contributes to each bin of each class, along y and x: (bins · classes, 2). */
  offsetGradient(inputs: Places<T> & { x: T; dy: T }, layout: RoiLayout): T;
  /** The largest product of a pixel and its weight, whole pixels having weight 1; 0 of a bin without any. */
  maxima(inputs: Places<T> & { x: T }, layout: RoiLayout): T;
  /** Hands each slope to the first pixel that was the maximum, times its weight. */
  maximaGradient(inputs: Places<T> & { x: T; dy: T }, layout: RoiLayout): T;
}

/** By what TensorFlow.js knows the kernels. */
export const roiKernelNames: Record<keyof RoiKernels, string> = {
  sums: "DeformRoiSums",
  gradient: "DeformRoiGradient",
  offsetGradient: "DeformRoiOffsetGradient",
  maxima: "DeformRoiMaxima",
  maximaGradient: "DeformRoiMaximaGradient",
};

const kinds = Object.keys(roiKernelNames) as (keyof RoiKernels)[];

/** Makes kernels known to TensorFlow.js, in place of others of the same backend. */
export function registerRoiKernels<B>(backendName: string, kernels: (backend: B) => RoiKernels<TensorInfo>): void {
  for (const kind of kinds) {
    registerBackendKernel(roiKernelNames[kind], backendName, ({ inputs, attrs, backend }) => {
      const run = kernels(backend as B)[kind] as (inputs: object, layout: RoiLayout) => TensorInfo;
      return run(inputs, (attrs as unknown as { layout: RoiLayout }).layout);
    });
  }
}

/** The kernels of the backend in use, if it has them. */
export function registeredRoiKernels(): RoiKernels | undefined {
  if (!kinds.every((kind) => hasBackendKernel(roiKernelNames[kind]))) return undefined;
  const entries = kinds.map((kind) => [
    kind,
    (inputs: Record<string, Tensor | undefined>, layout: RoiLayout) =>
      runBackendKernel(roiKernelNames[kind], inputs, { layout }),
  ]);
  return Object.fromEntries(entries) as RoiKernels;
}
