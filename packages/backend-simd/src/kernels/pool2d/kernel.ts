import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { backend_util } from "@tensorflow/tfjs-core";
import type { SimdKernelConfig } from "../simdKernel.js";
import { areFloat32 } from "../simdKernel.js";
import type { Pool2dShape } from "./simd.js";
import { averagePool2d, averagePool2dGradient, maxPool2d, maxPool2dGradient } from "./simd.js";

type Shape4 = [number, number, number, number];

function forward(kernelName: string, compute: typeof maxPool2d): SimdKernelConfig {
  return {
    kernelName,
    run({ inputs, attrs, backend }) {
      const x = inputs["x"]!;
      if (!areFloat32(x)) return undefined;
      const { shape, outShape } = shapeOf(x.shape, attrs);
      // tfjs gives the input back for any window of one pixel whose output has its shape, whatever stride and padding are.
      if (shape.filterRows * shape.filterColumns === 1 && outShape.join() === x.shape.join()) {
        return backend.share(x, outShape);
      }
      const out = backend.allocate(outShape, "float32");
      compute(backend.kernels, { shape, x: backend.pointer(x), out: backend.pointer(out) });
      return out;
    },
  };
}

const maxPoolGrad: SimdKernelConfig = {
  kernelName: "MaxPoolGrad",
  run({ inputs, attrs, backend }) {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    if (!areFloat32(dy, input)) return undefined;
    const { shape, outShape } = shapeOf(input.shape, attrs);
    if (dy.shape.join() !== outShape.join()) return undefined;
    const out = backend.allocate([...input.shape], "float32");
    const [x, gradient] = [backend.pointer(input), backend.pointer(dy)];
    maxPool2dGradient(backend.kernels, { shape, x, gradient, out: backend.pointer(out) });
    return out;
  },
};

/** The gradient of what the forward pass computes; tfjs's own divides by the whole window also at padded borders. */
const avgPoolGrad: SimdKernelConfig = {
  kernelName: "AvgPoolGrad",
  run({ inputs, attrs, backend }) {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    if (!areFloat32(dy, input)) return undefined;
    const { shape, outShape } = shapeOf(input.shape, attrs);
    if (dy.shape.join() !== outShape.join()) return undefined;
    const out = backend.allocate([...input.shape], "float32");
    const gradient = backend.pointer(dy);
    averagePool2dGradient(backend.kernels, { shape, gradient, out: backend.pointer(out), divideBy: "inside" });
    return out;
  },
};

/** tfjs's pooling in two dimensions, channels last. */
export const pool2dKernels: readonly SimdKernelConfig[] = [
  forward("MaxPool", maxPool2d),
  forward("AvgPool", averagePool2d),
  maxPoolGrad,
  avgPoolGrad,
];

function shapeOf(
  inputShape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: NamedAttrMap,
): { shape: Pool2dShape; outShape: number[] } {
  const info = backend_util.computePool2DInfo(
    inputShape as Shape4,
    filterSize as number | [number, number],
    strides as number | [number, number],
    1,
    pad as "same" | "valid" | number,
    dimRoundingMode as "floor" | "round" | "ceil" | undefined,
  );
  const shape = {
    batch: info.batchSize,
    rows: info.inHeight,
    columns: info.inWidth,
    channels: info.inChannels,
    filterRows: info.filterHeight,
    filterColumns: info.filterWidth,
    strideRows: info.strideHeight,
    strideColumns: info.strideWidth,
    dilationRows: 1,
    dilationColumns: 1,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
    outRows: info.outHeight,
    outColumns: info.outWidth,
  };
  return { shape, outShape: info.outShape };
}
