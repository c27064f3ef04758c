import type { TensorInfo } from "@tensorflow/tfjs-core";
import { backend_util, util } from "@tensorflow/tfjs-core";
import type { SimdKernelConfig } from "../simdKernel.js";
import { areFloat32 } from "../simdKernel.js";
import type { ReductionName } from "./simd.js";
import { logSoftmax, reduce, softmax } from "./simd.js";

/** A reduction over axes, which `attribute` names. */
function reduction(kernelName: string, op: ReductionName, attribute: string): SimdKernelConfig {
  return {
    kernelName,
    run({ inputs, attrs, backend }) {
      const x = inputs["x"]!;
      if (!areFloat32(x)) return undefined;
      const axes = util.parseAxisParam(attrs[attribute] as number | number[], [...x.shape]);
      const [kept] = backend_util.computeOutAndReduceShapes([...x.shape], axes);
      const shape = attrs["keepDims"] === true ? backend_util.expandShapeToKeepDim(kept, axes) : kept;
      const out = backend.allocate(shape, "float32");
      reduce(backend.kernels, { op, x: backend.pointer(x), shape: x.shape, axes, out: backend.pointer(out) });
      return out;
    },
  };
}

/** Softmax over the last axis, or its logarithm; `attribute` names the axis. */
function softmaxKernel(kernelName: string, attribute: string, compute: typeof softmax): SimdKernelConfig {
  return {
    kernelName,
    run({ inputs, attrs, backend }): TensorInfo | undefined {
      const logits = inputs["logits"]!;
      const rank = logits.shape.length;
      const axis = attrs[attribute] as number;
      if (!areFloat32(logits) || (axis !== -1 && axis !== rank - 1)) return undefined;
      const columns = logits.shape.at(-1) ?? 1;
      const out = backend.allocate([...logits.shape], "float32");
      const rows = columns === 0 ? 0 : util.sizeFromShape(logits.shape) / columns;
      compute(backend.kernels, { x: backend.pointer(logits), out: backend.pointer(out), rows, columns });
      return out;
    },
  };
}

/** tfjs's reductions. */
export const reduceKernels: readonly SimdKernelConfig[] = [
  reduction("Sum", "sum", "axis"),
  reduction("Mean", "mean", "axis"),
  reduction("Prod", "prod", "axis"),
  reduction("Max", "max", "reductionIndices"),
  reduction("Min", "min", "axis"),
  softmaxKernel("Softmax", "dim", softmax),
  softmaxKernel("LogSoftmax", "axis", logSoftmax),
];
