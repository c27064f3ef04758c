import { BackendError } from "@ddl/core";
import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { backend_util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../../backend/SimdBackend.js";
import { epilogueOf } from "../epilogueOf.js";
import type { Epilogue } from "../kernelHost.js";
import type { SimdKernelConfig, SimdKernelContext } from "../simdKernel.js";
import {
  winogradApplies,
  winogradConv2d,
  winogradConv2dFilterGradient,
  winogradConv2dInputGradient,
} from "../winograd/simd.js";
import type { Conv2dShape } from "./simd.js";
import { conv2d, conv2dFilterGradient, conv2dInputGradient } from "./simd.js";

type Shape4 = [number, number, number, number];

/** tfjs's `Conv2D`. */
const conv2dKernel: SimdKernelConfig = {
  kernelName: "Conv2D",
  run: (context) => forward(context, {}),
};

/** tfjs's `FusedConv2D`: with bias and activation. */
const fusedConv2dKernel: SimdKernelConfig = {
  kernelName: "FusedConv2D",
  run(context) {
    const { backend, inputs, attrs } = context;
    const epilogue = epilogueOf(backend, inputs["bias"], inputs["filter"]!.shape[3]!, attrs);
    return epilogue === undefined ? undefined : forward(context, epilogue);
  },
};

function forward({ backend, inputs, attrs }: SimdKernelContext, epilogue: Epilogue): TensorInfo | undefined {
  const x = inputs["x"]!;
  const filter = inputs["filter"]!;
  const shape = shapeOf(x.shape, filter.shape, attrs, [x, filter]);
  if (shape === undefined) return undefined;
  const out = backend.allocate([shape.batch, shape.outRows, shape.outColumns, shape.outChannels], "float32");
  const [input, weights] = [backend.pointer(x), backend.pointer(filter)];
  const convolve = usesWinograd(backend, shape) ? winogradConv2d : conv2d;
  convolve(backend.kernels, { shape, input, filter: weights, out: backend.pointer(out), ...epilogue });
  return out;
}

/** tfjs's `Conv2DBackpropInput`, which is also its transposed convolution. */
const conv2dBackpropInputKernel: SimdKernelConfig = {
  kernelName: "Conv2DBackpropInput",
  run({ backend, inputs, attrs }) {
    const dy = inputs["dy"]!;
    const filter = inputs["filter"]!;
    const inputShape = attrs["inputShape"] as Shape4;
    const shape = shapeOf(inputShape, filter.shape, attrs, [dy, filter]);
    if (shape === undefined || !isOutputOf(shape, dy)) return inherited(attrs);
    const out = backend.allocate([...inputShape], "float32");
    const [gradient, weights] = [backend.pointer(dy), backend.pointer(filter)];
    const convolve = usesWinograd(backend, shape) ? winogradConv2dInputGradient : conv2dInputGradient;
    convolve(backend.kernels, { shape, gradient, filter: weights, out: backend.pointer(out) });
    return out;
  },
};

/** tfjs's `Conv2DBackpropFilter`. */
const conv2dBackpropFilterKernel: SimdKernelConfig = {
  kernelName: "Conv2DBackpropFilter",
  run({ backend, inputs, attrs }) {
    const x = inputs["x"]!;
    const dy = inputs["dy"]!;
    const filterShape = attrs["filterShape"] as Shape4;
    const shape = shapeOf(x.shape, filterShape, attrs, [x, dy]);
    if (shape === undefined || !isOutputOf(shape, dy)) return inherited(attrs);
    const out = backend.allocate([...filterShape], "float32");
    const [input, gradient] = [backend.pointer(x), backend.pointer(dy)];
    const convolve = usesWinograd(backend, shape) ? winogradConv2dFilterGradient : conv2dFilterGradient;
    convolve(backend.kernels, { shape, input, gradient, out: backend.pointer(out) });
    return out;
  },
};

/** tfjs's kernels of convolution. */
export const conv2dKernels: readonly SimdKernelConfig[] = [
  conv2dKernel,
  fusedConv2dKernel,
  conv2dBackpropInputKernel,
  conv2dBackpropFilterKernel,
];

/** Faster where it applies, but less exact: `precise` does without. */
function usesWinograd(backend: SimdBackend, shape: Conv2dShape): boolean {
  return !backend.precise && winogradApplies(shape);
}

/** Leaves a gradient to the inherited kernel, unless that would leave the dilations out. */
function inherited({ dilations = 1 }: NamedAttrMap): undefined {
  if (!backend_util.tupleValuesAreOne(dilations as number | number[])) {
    throw new BackendError("simd: the gradient of a dilated conv2d needs float32 tensors in NHWC.");
  }
}

/** Whether a gradient has the shape of the output; tfjs does not always insist on it. */
function isOutputOf({ batch, outRows, outColumns, outChannels }: Conv2dShape, { shape }: TensorInfo): boolean {
  return shape.join() === [batch, outRows, outColumns, outChannels].join();
}

/** Sizes of the convolution, or `undefined` for what the inherited kernel has to do: other layouts, types and groups. */
function shapeOf(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations = 1, dataFormat = "NHWC", dimRoundingMode }: NamedAttrMap,
  tensors: readonly TensorInfo[],
): Conv2dShape | undefined {
  if (dataFormat !== "NHWC" || tensors.some(({ dtype }) => dtype !== "float32")) return undefined;
  if (inputShape[3] !== filterShape[2]) return undefined;
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    strides as number | [number, number],
    dilations as number | [number, number],
    pad as "same" | "valid" | number,
    dimRoundingMode as "floor" | "round" | "ceil" | undefined,
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
    outChannels: info.outChannels,
    strideRows: info.strideHeight,
    strideColumns: info.strideWidth,
    dilationRows: info.dilationHeight,
    dilationColumns: info.dilationWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
  };
}
