import type { NamedTensorInfoMap, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { hasBackendKernel, registerBackendKernel, runBackendKernel } from "../input/backendKernels.js";
import type { DeformConvGeometry } from "./geometry.js";

interface Weights<T> {
  filter: T;
  offset: T;
  mask: T | undefined;
}

/** Gradients in filter, offset and mask; of a mask of ones, if there is none. */
export interface ParameterGradients<T> {
  filter: T;
  offset: T;
  mask: T;
}

/** The kernels that the convolution, its transpose and all their gradients consist of. `T` is how a backend knows a tensor. */
export interface DeformConvKernels<T = Tensor> {
  forward(inputs: Weights<T> & { x: T }, geometry: DeformConvGeometry): T;
  inputGradient(inputs: Weights<T> & { dy: T }, geometry: DeformConvGeometry): T;
  parameterGradients(inputs: Weights<T> & { x: T; dy: T }, geometry: DeformConvGeometry): ParameterGradients<T>;
  /** Both of the above, where one pass makes all. */
  gradients?(inputs: Weights<T> & { x: T; dy: T }, geometry: DeformConvGeometry): ParameterGradients<T> & { x: T };
}

/** By what TensorFlow.js knows the kernels. */
export const kernelNames: Record<keyof DeformConvKernels, string> = {
  forward: "DeformConv2d",
  inputGradient: "DeformConv2dInputGradient",
  parameterGradients: "DeformConv2dParameterGradients",
  gradients: "DeformConv2dGradients",
};

const operands = ["x", "filter", "offset", "mask", "dy"];

/**
 * Makes kernels known to TensorFlow.js, in place of others of the same backend. Any may be left out: its work is then done by operations
 * that every backend has.
 */
export function registerDeformConvKernels<B>(
  backendName: string,
  kernels: (backend: B) => Partial<DeformConvKernels<TensorInfo>>,
  kinds: readonly (keyof DeformConvKernels)[],
): void {
  for (const kind of kinds) {
    registerBackendKernel(kernelNames[kind], backendName, ({ inputs, attrs, backend }) => {
      const run = kernels(backend as B)[kind] as unknown as (inputs: NamedTensorInfoMap, g: unknown) => object;
      const result = run(inputs, attrs);
      if (kind === "forward" || kind === "inputGradient") return result as TensorInfo;
      const { filter, offset, mask, x } = result as ParameterGradients<TensorInfo> & { x?: TensorInfo };
      return [filter, offset, mask, ...(x === undefined ? [] : [x])];
    });
  }
}

/** Of the backend in use, the kernels that are registered for it. */
export function registeredKernels(): Partial<DeformConvKernels> {
  const has = (kind: keyof DeformConvKernels) => hasBackendKernel(kernelNames[kind]);
  const run = (kind: keyof DeformConvKernels, inputs: object, g: DeformConvGeometry): unknown => {
    const all = inputs as Record<string, Tensor | undefined>;
    return runBackendKernel(kernelNames[kind], Object.fromEntries(operands.map((name) => [name, all[name]])), { ...g });
  };
  const named = ([filter, offset, mask, x]: Tensor[]) => ({ filter: filter!, offset: offset!, mask: mask!, x: x! });
  return {
    ...(has("forward") && { forward: (inputs, g) => run("forward", inputs, g) as Tensor }),
    ...(has("inputGradient") && { inputGradient: (inputs, g) => run("inputGradient", inputs, g) as Tensor }),
    ...(has("parameterGradients") && {
      parameterGradients: (inputs, g) => named(run("parameterGradients", inputs, g) as Tensor[]),
    }),
    ...(has("gradients") && { gradients: (inputs, g) => named(run("gradients", inputs, g) as Tensor[]) }),
  };
}
