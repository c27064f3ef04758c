import type { DataType, GradConfig, KernelConfig } from "@tensorflow/tfjs-core";
import { getGradient, getKernel, registerGradient, registerKernel, Tensor, tensor } from "@tensorflow/tfjs-core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { toContiguous, toMask } from "./arrays.js";
import { ArgumentError, DtypeError } from "./errors.js";
import type { AnyArray } from "./layout.js";
import { isNdarray } from "./layout.js";

/**
 * Copies an ndarray of any layout into a tensor of the same shape; the two never share storage.
 * @param array any ndarray; float and unsigned 32-bit storage becomes `float32`, other integers `int32`
 * @param dtype overrides that choice: `"float32"`, `"int32"` (fractions are cut off) or `"bool"` (all but 0 is true)
 * @throws ArgumentError if `array` is no ndarray; DtypeError for another dtype
 */
export function fromNdarray(array: NdArray<AnyArray>, dtype?: DataType): Tensor {
  if (!isNdarray(array)) {
    throw new ArgumentError({
      functionName: "fromNdarray",
      argument: "array",
      expected: "be an ndarray",
      received: array,
    });
  }
  const { data } = array;
  const wide =
    data instanceof Float32Array || data instanceof Float64Array || data instanceof Uint32Array || Array.isArray(data);
  const kind = dtype ?? (wide ? "float32" : "int32");
  if (kind === "float32") return tensor(toContiguous(array, Float32Array).data, array.shape, kind);
  if (kind === "int32") return tensor(toContiguous(array, Int32Array).data, array.shape, kind);
  if (kind === "bool") return tensor(toMask(array).data, array.shape, kind);
  throw new DtypeError({
    functionName: "fromNdarray",
    argument: "dtype",
    expected: 'be "float32", "int32" or "bool"',
    received: kind,
  });
}

/**
 * Reads a tensor into a new C-ordered ndarray: `float32` as Float32Array, `int32` as Int32Array, `bool` as Uint8Array.
 * The tensor is not disposed.
 * @throws ArgumentError if `x` is no tensor; DtypeError for string and complex tensors
 */
export async function toNdarray(x: Tensor): Promise<NdArray<Float32Array | Int32Array | Uint8Array>> {
  if (!(x instanceof Tensor)) {
    throw new ArgumentError({ functionName: "toNdarray", argument: "x", expected: "be a tensor", received: x });
  }
  if (x.dtype !== "float32" && x.dtype !== "int32" && x.dtype !== "bool") {
    throw new DtypeError({
      functionName: "toNdarray",
      argument: "x",
      expected: "have dtype float32, int32 or bool",
      received: x.dtype,
    });
  }
  const values = await x.data();
  // Some backends hand out views of their own memory: the copy keeps the result valid after dispose.
  return ndarray(values.slice() as Float32Array | Int32Array | Uint8Array, [...x.shape]);
}

/** Registers a kernel unless the backend has one of that name: loading a module twice must not warn. */
export function registerKernelOnce(config: KernelConfig): void {
  if (getKernel(config.kernelName, config.backendName) === undefined) registerKernel(config);
}

/** Registers a gradient unless the kernel has one. */
export function registerGradientOnce(config: GradConfig): void {
  if (getGradient(config.kernelName) === undefined) registerGradient(config);
}
