import { BackendError } from "@ddl/core";
import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { backend_util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../../backend/SimdBackend.js";
import type { Conv2dShape } from "../conv2d/simd.js";
import type { SimdKernelConfig } from "../simdKernel.js";
import { areFloat32 } from "../simdKernel.js";
import {
  winogradApplies,
  winogradConv2d,
  winogradConv2dFilterGradient,
  winogradConv2dInputGradient,
} from "../winograd/simd.js";
import { type Conv3dShape, conv3d, conv3dFilterGradient, conv3dInputGradient, planarOf } from "./simd.js";

type Shape5 = [number, number, number, number, number];

const forwardKernel: SimdKernelConfig = {
  kernelName: "Conv3D",
  run({ backend, inputs, attrs }) {
    const x = inputs["x"]!;
    const filter = inputs["filter"]!;
    const shape = shapeOf(x.shape, filter.shape, attrs, [x, filter]);
    if (shape === undefined) return undefined;
    const out = backend.allocate(outputShape(shape), "float32");
    const [input, weights] = [backend.pointer(x), backend.pointer(filter)];
    const operands = { input, filter: weights, out: backend.pointer(out) };
    const planar = winogradShape(backend, shape);
    if (planar === undefined) conv3d(backend.kernels, { shape, ...operands });
    else winogradConv2d(backend.kernels, { shape: planar, ...operands });
    return out;
  },
};

/** Also tfjs's transposed convolution. */
const inputGradientKernel: SimdKernelConfig = {
  kernelName: "Conv3DBackpropInputV2",
  run({ backend, inputs, attrs }) {
    const dy = inputs["dy"]!;
    const filter = inputs["filter"]!;
    const inputShape = attrs["inputShape"] as Shape5;
    const shape = shapeOf(inputShape, filter.shape, attrs, [dy, filter]);
    if (shape === undefined || dy.shape.join() !== outputShape(shape).join()) return inherited(attrs);
    const out = backend.allocate([...inputShape], "float32");
    const [gradient, weights] = [backend.pointer(dy), backend.pointer(filter)];
    const operands = { gradient, filter: weights, out: backend.pointer(out) };
    const planar = winogradShape(backend, shape);
    if (planar === undefined) conv3dInputGradient(backend.kernels, { shape, ...operands });
    else winogradConv2dInputGradient(backend.kernels, { shape: planar, ...operands });
    return out;
  },
};

const filterGradientKernel: SimdKernelConfig = {
  kernelName: "Conv3DBackpropFilterV2",
  run({ backend, inputs, attrs }) {
    const x = inputs["x"]!;
    const dy = inputs["dy"]!;
    const filterShape = attrs["filterShape"] as Shape5;
    const shape = shapeOf(x.shape, filterShape, attrs, [x, dy]);
    if (shape === undefined || dy.shape.join() !== outputShape(shape).join()) return inherited(attrs);
    const out = backend.allocate([...filterShape], "float32");
    const [input, gradient] = [backend.pointer(x), backend.pointer(dy)];
    const operands = { input, gradient, out: backend.pointer(out) };
    const planar = winogradShape(backend, shape);
    if (planar === undefined) conv3dFilterGradient(backend.kernels, { shape, ...operands });
    else winogradConv2dFilterGradient(backend.kernels, { shape: planar, ...operands });
    return out;
  },
};

/** tfjs's kernels of 3-D convolution. */
export const conv3dKernels: readonly SimdKernelConfig[] = [forwardKernel, inputGradientKernel, filterGradientKernel];

/** Filters of one plane are those of conv2d, and may be as fast. */
function winogradShape(backend: SimdBackend, shape: Conv3dShape): Conv2dShape | undefined {
  const planar = backend.precise ? undefined : planarOf(shape);
  return planar !== undefined && winogradApplies(planar) ? planar : undefined;
}

/** Leaves a gradient to the inherited kernel, unless that would leave the dilations out. */
function inherited({ dilations }: NamedAttrMap): undefined {
  if (!backend_util.tupleValuesAreOne((dilations ?? 1) as number | number[])) {
    throw new BackendError("simd: the gradient of a dilated conv3d needs float32 tensors in NDHWC.");
  }
}

function outputShape({ batch, outPlanes, outRows, outColumns, outChannels }: Conv3dShape): Shape5 {
  return [batch, outPlanes, outRows, outColumns, outChannels];
}

/** Sizes of the convolution, or `undefined` for what the inherited kernel has to do. */
function shapeOf(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dataFormat = "NDHWC" }: NamedAttrMap,
  tensors: readonly TensorInfo[],
): Conv3dShape | undefined {
  if (dataFormat !== "NDHWC" || !areFloat32(...tensors) || inputShape[4] !== filterShape[3]) return undefined;
  const info = backend_util.computeConv3DInfo(
    inputShape as Shape5,
    filterShape as Shape5,
    strides as number | [number, number, number],
    (dilations ?? 1) as number | [number, number, number],
    pad as "same" | "valid",
  );
  return {
    batch: info.batchSize,
    planes: info.inDepth,
    rows: info.inHeight,
    columns: info.inWidth,
    channels: info.inChannels,
    filterPlanes: info.filterDepth,
    filterRows: info.filterHeight,
    filterColumns: info.filterWidth,
    outPlanes: info.outDepth,
    outRows: info.outHeight,
    outColumns: info.outWidth,
    outChannels: info.outChannels,
    strideDepth: info.strideDepth,
    strideRows: info.strideHeight,
    strideColumns: info.strideWidth,
    dilationDepth: info.dilationDepth,
    dilationRows: info.dilationHeight,
    dilationColumns: info.dilationWidth,
    padFront: info.padInfo.front,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
  };
}
