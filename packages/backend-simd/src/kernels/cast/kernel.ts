import type { DataType } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import { isHeapType } from "../../backend/TensorEntry.js";
import { cast } from "../copy/simd.js";
import type { SimdKernelConfig } from "../simdKernel.js";

/**
 * tfjs's `Cast`. The inherited kernel gives integers that become floats another type and leaves their numbers where they are; here the
 * two have different bytes.
 */
export const castKernel: SimdKernelConfig = {
  kernelName: "Cast",
  run({ inputs, attrs, backend }) {
    const x = inputs["x"]!;
    const dtype = attrs["dtype"] as DataType;
    if (!isHeapType(x.dtype) || !isHeapType(dtype)) return undefined;
    if (x.dtype === dtype) return backend.share(x, [...x.shape]);
    const out = backend.allocate([...x.shape], dtype);
    const [from, to] = [backend.pointer(x), backend.pointer(out)];
    cast(backend.kernels, { x: from, out: to, length: util.sizeFromShape(x.shape), from: x.dtype, to: dtype });
    return out;
  },
};
