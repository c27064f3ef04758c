import { BackendError } from "@ddl/core";
import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { SimdKernelConfig } from "../simdKernel.js";
import { areFloat32 } from "../simdKernel.js";
import type { GroupedConv2dShape } from "./simd.js";
import { groupedConv2d, groupedConv2dFilterGradient, groupedConv2dInputGradient } from "./simd.js";

type Shape4 = [number, number, number, number];
type Pair = [number, number];

/**
 * Convolution in groups, which tfjs does not have. Inputs `x`, `filter` and perhaps `bias`; attributes `strides` and `dilations`
 * (rows, columns), `padding` ([[top, bottom], [left, right]]).
 */
const forwardKernel: SimdKernelConfig = {
  kernelName: "SimdGroupedConv2D",
  run({ backend, inputs, attrs }) {
    const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
    const bias = inputs["bias"];
    const tensors = bias === undefined ? [x, filter] : [x, filter, bias];
    const shape = shapeOf("SimdGroupedConv2D", x.shape, filter.shape, attrs, tensors);
    const out = backend.allocate(outputShape(shape), "float32");
    groupedConv2d(backend.kernels, {
      shape,
      input: backend.pointer(x),
      filter: backend.pointer(filter),
      out: backend.pointer(out),
      bias: bias === undefined ? undefined : backend.pointer(bias),
    });
    return out;
  },
};

/** Its gradient with respect to `x`: inputs `dy` and `filter`, attributes as above and `inputShape`. */
const inputGradientKernel: SimdKernelConfig = {
  kernelName: "SimdGroupedConv2DBackpropInput",
  run({ backend, inputs, attrs }) {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const inputShape = attrs["inputShape"] as Shape4;
    const shape = shapeOf("SimdGroupedConv2DBackpropInput", inputShape, filter.shape, attrs, [dy, filter]);
    expectGradient("SimdGroupedConv2DBackpropInput", shape, dy);
    const out = backend.allocate([...inputShape], "float32");
    groupedConv2dInputGradient(backend.kernels, {
      shape,
      gradient: backend.pointer(dy),
      filter: backend.pointer(filter),
      out: backend.pointer(out),
    });
    return out;
  },
};

/** Its gradient with respect to `filter`: inputs `x` and `dy`, attributes as above and `filterShape`. */
const filterGradientKernel: SimdKernelConfig = {
  kernelName: "SimdGroupedConv2DBackpropFilter",
  run({ backend, inputs, attrs }) {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const filterShape = attrs["filterShape"] as Shape4;
    const shape = shapeOf("SimdGroupedConv2DBackpropFilter", x.shape, filterShape, attrs, [x, dy]);
    expectGradient("SimdGroupedConv2DBackpropFilter", shape, dy);
    const out = backend.allocate([...filterShape], "float32");
    groupedConv2dFilterGradient(backend.kernels, {
      shape,
      input: backend.pointer(x),
      gradient: backend.pointer(dy),
      out: backend.pointer(out),
    });
    return out;
  },
};

/** Convolution in groups and its gradients. */
export const groupedConv2dKernels: readonly SimdKernelConfig[] = [
  forwardKernel,
  inputGradientKernel,
  filterGradientKernel,
];

function outputShape({ batch, outRows, outColumns, outChannels }: GroupedConv2dShape): number[] {
  return [batch, outRows, outColumns, outChannels];
}

function expectGradient(kernelName: string, shape: GroupedConv2dShape, dy: TensorInfo): void {
  if (dy.shape.join() !== outputShape(shape).join()) {
    throw new BackendError(
      `simd: dy of ${kernelName} must have shape [${outputShape(shape).join(", ")}]; received [${dy.shape.join(", ")}].`,
    );
  }
}

/** Sizes of the convolution. There is no other kernel for tensors that are not float32, so that is an error. */
function shapeOf(
  kernelName: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: NamedAttrMap,
  tensors: readonly TensorInfo[],
): GroupedConv2dShape {
  if (!areFloat32(...tensors)) {
    const received = tensors.map(({ dtype }) => dtype).join(", ");
    throw new BackendError(`simd: the tensors of ${kernelName} must be float32; received ${received}.`);
  }
  const [batch, rows, columns, channels] = inputShape as Shape4;
  const [filterRows, filterColumns, channelsPerGroup, outChannels] = filterShape as Shape4;
  const groups = channels / channelsPerGroup;
  if (!Number.isInteger(groups) || outChannels % groups !== 0) {
    const received = `[${inputShape.join(", ")}] and [${filterShape.join(", ")}]`;
    throw new BackendError(
      `simd: x and filter of ${kernelName} must have whole groups of channels; received ${received}.`,
    );
  }
  const [strideRows, strideColumns] = attrs["strides"] as Pair;
  const [dilationRows, dilationColumns] = attrs["dilations"] as Pair;
  const [[padTop, padBottom], [padLeft, padRight]] = attrs["padding"] as unknown as [Pair, Pair];
  const outSize = (size: number, pads: number, taps: number, dilation: number, stride: number): number =>
    Math.max(0, Math.floor((size + pads - (taps - 1) * dilation - 1) / stride) + 1);
  return {
    ...{ batch, rows, columns, channels, groups, filterRows, filterColumns, outChannels },
    ...{ strideRows, strideColumns, dilationRows, dilationColumns, padTop, padLeft },
    outRows: outSize(rows, padTop + padBottom, filterRows, dilationRows, strideRows),
    outColumns: outSize(columns, padLeft + padRight, filterColumns, dilationColumns, strideColumns),
  };
}
