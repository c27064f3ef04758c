import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend/SimdBackend.js";

/** What tfjs calls a kernel with. */
export interface SimdKernelContext {
  inputs: NamedTensorInfoMap;
  attrs: NamedAttrMap;
  backend: SimdBackend;
}

/** A kernel that is written for this backend. */
export interface SimdKernelConfig {
  /** tfjs's name. */
  kernelName: string;
  /** `undefined` leaves the call to the inherited kernel, as for types of numbers that are not float32. */
  run(context: SimdKernelContext): TensorInfo | TensorInfo[] | undefined;
}

/** Whether all tensors hold float32 numbers, the type that kernels are written for. */
export function areFloat32(...tensors: readonly TensorInfo[]): boolean {
  return tensors.every(({ dtype }) => dtype === "float32");
}

/** Whether a tensor holds one number for each channel, along its last axis. */
export function isPerChannel({ shape }: TensorInfo, channels: number): boolean {
  return shape.at(-1) === channels && util.sizeFromShape(shape) === channels;
}
