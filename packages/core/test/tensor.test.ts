import type { AnyArray } from "@ddl/core";
import { isDdlError } from "@ddl/core";
import { fromNdarray, registerGradientOnce, registerKernelOnce, toNdarray } from "@ddl/core/tensor";
import type { GradConfig, KernelConfig } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

let tensors = 0;
beforeAll(async () => {
  await tf.setBackend("cpu");
});
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(tf.memory().numTensors).toBe(tensors);
});

/** The same six numbers, [[1, 0, 3], [2, 7, 5]], in a storage and four layouts. */
function inLayouts(from: (values: number[]) => AnyArray): NdArray<AnyArray>[] {
  return [
    ndarray(from([1, 0, 3, 2, 7, 5]), [2, 3]),
    ndarray(from([1, 2, 0, 7, 3, 5]), [3, 2]).transpose(1, 0),
    ndarray(from([5, 7, 2, 3, 0, 1]), [2, 3]).step(-1, -1),
    ndarray(from([9, 1, 9, 0, 9, 3, 9, 9, 2, 9, 7, 9, 5]), [2, 3], [7, 2], 1),
  ];
}

async function refusal(call: () => unknown): Promise<[code: string, message: string]> {
  try {
    await call();
  } catch (error) {
    if (isDdlError(error)) return [error.code, error.message];
    throw error;
  }
  throw new Error("accepted");
}

describe("fromNdarray and toNdarray", () => {
  test.each<[string, (values: number[]) => AnyArray, "float32" | "int32"]>([
    ["Float32Array", (values) => Float32Array.from(values), "float32"],
    ["Float64Array", (values) => Float64Array.from(values), "float32"],
    ["Uint32Array", (values) => Uint32Array.from(values), "float32"],
    ["a plain array", (values) => values, "float32"],
    ["Int8Array", (values) => Int8Array.from(values), "int32"],
    ["Uint8Array", (values) => Uint8Array.from(values), "int32"],
    ["Uint8ClampedArray", (values) => Uint8ClampedArray.from(values), "int32"],
    ["Int16Array", (values) => Int16Array.from(values), "int32"],
    ["Uint16Array", (values) => Uint16Array.from(values), "int32"],
    ["Int32Array", (values) => Int32Array.from(values), "int32"],
  ])("go there and back from %s in every layout", async (_, from, dtype) => {
    const Storage = dtype === "float32" ? Float32Array : Int32Array;
    for (const array of inLayouts(from)) {
      const x = fromNdarray(array);
      expect([x.dtype, x.shape]).toEqual([dtype, [2, 3]]);
      const back = await toNdarray(x);
      expect(back.data).toEqual(Storage.of(1, 0, 3, 2, 7, 5));
      expect(back).toMatchObject({ shape: [2, 3], stride: [3, 1], offset: 0 });
      x.dispose();
    }
  });

  test("keep rank 0, rank 4 and empty axes", async () => {
    for (const shape of [[], [4], [1, 2, 3, 2], [0, 3], [2, 0, 5]]) {
      const size = shape.reduce((a, b) => a * b, 1);
      const array = ndarray(
        Float32Array.from({ length: size }, (_, i) => i / 4),
        shape,
      );
      const x = fromNdarray(array);
      const back = await toNdarray(x);
      expect([x.shape, back.shape, back.data]).toEqual([shape, shape, array.data]);
      x.dispose();
    }
  });

  test.each<["float32" | "int32" | "bool", AnyArray]>([
    ["float32", Float32Array.of(0, -1.75, 0.5, 256)],
    ["int32", Int32Array.of(0, -1, 0, 256)],
    ["bool", Uint8Array.of(0, 1, 1, 1)],
  ])("convert to %s where it is asked for", async (dtype, expected) => {
    const x = fromNdarray(ndarray(Float64Array.of(0, -1.75, 0.5, 256), [4]), dtype);
    expect(x.dtype).toBe(dtype);
    expect((await toNdarray(x)).data).toEqual(expected);
    x.dispose();
  });

  test("share no storage in either direction", async () => {
    for (const dtype of ["float32", "int32", "bool"] as const) {
      const from = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype].of(1, 0, 1);
      const array = ndarray(from as AnyArray, [3]);
      const x = fromNdarray(array, dtype);
      array.set(0, 0);
      array.shape[0] = 2;
      const first = await toNdarray(x);
      first.set(1, 1);
      first.shape[0] = 1;
      expect([x.shape, [...(await x.data())]]).toEqual([[3], [1, 0, 1]]);
      x.dispose();
      expect(first.get(1)).toBe(1);
    }
  });

  test("name what they cannot take", async () => {
    const array = ndarray([1], [1]);
    const text = tf.tensor(["a"]);
    const complex = tf.complex([1], [2]);
    const typed = "must have dtype float32, int32 or bool; received";
    expect(await refusal(() => fromNdarray(array, "string"))).toEqual([
      "dtype",
      'fromNdarray: dtype must be "float32", "int32" or "bool"; received "string".',
    ]);
    expect(await refusal(() => fromNdarray([1] as unknown as typeof array))).toEqual([
      "argument",
      "fromNdarray: array must be an ndarray; received [1].",
    ]);
    expect(await refusal(() => toNdarray(text))).toEqual(["dtype", `toNdarray: x ${typed} "string".`]);
    expect(await refusal(() => toNdarray(complex))).toEqual(["dtype", `toNdarray: x ${typed} "complex64".`]);
    expect(await refusal(() => toNdarray(array as unknown as tf.Tensor))).toEqual([
      "argument",
      "toNdarray: x must be a tensor; received an array of shape [1].",
    ]);
    tf.dispose([text, complex]);
  });
});

describe("registering once", () => {
  const kernel = (backendName: string, kernelFunc: KernelConfig["kernelFunc"]): KernelConfig => ({
    kernelName: "DdlCoreTest",
    backendName,
    kernelFunc,
  });
  const first = (): never => {
    throw new Error("first");
  };
  const second = (): never => {
    throw new Error("second");
  };

  test("registers a kernel a backend, keeps the first and does not warn", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    registerKernelOnce(kernel("cpu", first));
    registerKernelOnce(kernel("cpu", second));
    registerKernelOnce(kernel("other", second));
    expect(tf.getKernel("DdlCoreTest", "cpu").kernelFunc).toBe(first);
    expect(tf.getKernel("DdlCoreTest", "other").kernelFunc).toBe(second);
    expect(warn).not.toHaveBeenCalled();
    tf.registerKernel(kernel("cpu", second));
    expect(warn).toHaveBeenCalledTimes(1); // so that the silence above means something
    for (const backend of ["cpu", "other"]) tf.unregisterKernel("DdlCoreTest", backend);
  });

  test("registers a gradient, keeps the first and does not warn", () => {
    const gradient = (gradFunc: GradConfig["gradFunc"]): GradConfig => ({ kernelName: "DdlCoreTest", gradFunc });
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    registerGradientOnce(gradient(first));
    registerGradientOnce(gradient(second));
    expect(tf.getGradient("DdlCoreTest").gradFunc).toBe(first);
    expect(warn).not.toHaveBeenCalled();
    tf.unregisterGradient("DdlCoreTest");
  });
});
