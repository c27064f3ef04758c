import { BackendError } from "@ddl/core";
import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { backend_util } from "@tensorflow/tfjs-core";
import { epilogueOf } from "../epilogueOf.js";
import type { Epilogue } from "../kernelHost.js";
import type { SimdKernelConfig, SimdKernelContext } from "../simdKernel.js";
import { areFloat32 } from "../simdKernel.js";
import type { DepthwiseConv2dShape } from "./simd.js";
import { depthwiseConv2d, depthwiseConv2dFilterGradient, depthwiseConv2dInputGradient } from "./simd.js";

type Shape4 = [number, number, number, number];

const forwardKernel: SimdKernelConfig = {
  kernelName: "DepthwiseConv2dNative",
  run: (context) => forward(context, {}),
};

const fusedKernel: SimdKernelConfig = {
  kernelName: "FusedDepthwiseConv2D",
  run(context) {
    const { backend, inputs, attrs } = context;
    const [, , channels, multiplier] = inputs["filter"]!.shape as Shape4;
    const epilogue = epilogueOf(backend, inputs["bias"], channels * multiplier, attrs);
    return epilogue === undefined ? undefined : forward(context, epilogue);
  },
};

function forward({ backend, inputs, attrs }: SimdKernelContext, epilogue: Epilogue): TensorInfo | undefined {
  const x = inputs["x"]!;
  const filter = inputs["filter"]!;
  const shape = shapeOf(x.shape, filter.shape, attrs, [x, filter]);
  if (shape === undefined) return undefined;
  const out = backend.allocate(outputShape(shape), "float32");
  const [input, weights] = [backend.pointer(x), backend.pointer(filter)];
  depthwiseConv2d(backend.kernels, { shape, input, filter: weights, out: backend.pointer(out), ...epilogue });
  return out;
}

const inputGradientKernel: SimdKernelConfig = {
  kernelName: "DepthwiseConv2dNativeBackpropInput",
  run({ backend, inputs, attrs }) {
    const dy = inputs["dy"]!;
    const filter = inputs["filter"]!;
    const inputShape = attrs["inputShape"] as Shape4;
    const shape = shapeOf(inputShape, filter.shape, attrs, [dy, filter]);
    if (shape === undefined || dy.shape.join() !== outputShape(shape).join()) return inherited(attrs);
    const out = backend.allocate([...inputShape], "float32");
    const [gradient, weights] = [backend.pointer(dy), backend.pointer(filter)];
    depthwiseConv2dInputGradient(backend.kernels, { shape, gradient, filter: weights, out: backend.pointer(out) });
    return out;
  },
};

const filterGradientKernel: SimdKernelConfig = {
  kernelName: "DepthwiseConv2dNativeBackpropFilter",
  run({ backend, inputs, attrs }) {
    const x = inputs["x"]!;
    const dy = inputs["dy"]!;
    const filterShape = attrs["filterShape"] as Shape4;
    const shape = shapeOf(x.shape, filterShape, attrs, [x, dy]);
    if (shape === undefined || dy.shape.join() !== outputShape(shape).join()) return inherited(attrs);
    const out = backend.allocate([...filterShape], "float32");
    const [input, gradient] = [backend.pointer(x), backend.pointer(dy)];
    depthwiseConv2dFilterGradient(backend.kernels, { shape, input, gradient, out: backend.pointer(out) });
    return out;
  },
};

/** tfjs's kernels of depthwise convolution. */
export const depthwiseKernels: readonly SimdKernelConfig[] = [
  forwardKernel,
  fusedKernel,
  inputGradientKernel,
  filterGradientKernel,
];

/** Leaves a gradient to the inherited kernel, unless that would leave the dilations out. */
function inherited({ dilations }: NamedAttrMap): undefined {
  if (!backend_util.tupleValuesAreOne((dilations ?? 1) as number | number[])) {
    throw new BackendError("simd: the gradient of a dilated depthwiseConv2d needs float32 tensors in NHWC.");
  }
}

function outputShape({ batch, outRows, outColumns, channels, multiplier }: DepthwiseConv2dShape): number[] {
  return [batch, outRows, outColumns, channels * multiplier];
}

/** Sizes of the convolution, or `undefined` for what the inherited kernel has to do. */
function shapeOf(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dataFormat = "NHWC", dimRoundingMode }: NamedAttrMap,
  tensors: readonly TensorInfo[],
): DepthwiseConv2dShape | undefined {
  if (dataFormat !== "NHWC" || !areFloat32(...tensors) || inputShape[3] !== filterShape[2]) return undefined;
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    strides as number | [number, number],
    (dilations ?? 1) as number | [number, number],
    pad as "same" | "valid" | number,
    dimRoundingMode as "floor" | "round" | "ceil" | undefined,
    true,
  );
  return {
    batch: info.batchSize,
    rows: info.inHeight,
    columns: info.inWidth,
    channels: info.inChannels,
    filterRows: info.filterHeight,
    filterColumns: info.filterWidth,
    outRows: info.outHeight,
    outColumns: info.outWidth,
    strideRows: info.strideHeight,
    strideColumns: info.strideWidth,
    dilationRows: info.dilationHeight,
    dilationColumns: info.dilationWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
    multiplier: filterShape[3]!,
  };
}
