/**
 * What tfjs's `wasm` backend lacks, or has only as scalar loops, of the gradients of a U-Net's convolutions, composed from its fast
 * matrix product and convolution. It serves until the project has a CPU backend of its own.
 */
import type { KernelConfig, Tensor, Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import {
  backend_util,
  concat,
  conv2d,
  matMul,
  pad,
  registerKernel,
  reshape,
  reverse,
  slice,
  tidy,
  transpose,
  unregisterKernel,
} from "@tensorflow/tfjs-core";

type Padding = "same" | "valid" | number;
type Strides = number | [number, number];

/** Registers the kernels for `wasm`, in place of its own where it has one. */
export function registerWasmTraining(): void {
  for (const kernel of [filterGradient, inputGradient]) {
    try {
      unregisterKernel(kernel.kernelName, "wasm");
    } catch {
      // There was none: that is why this file exists.
    }
    registerKernel(kernel);
  }
}

const filterGradient: KernelConfig = {
  kernelName: "Conv2DBackpropFilter",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }): TensorInfo => {
    const {
      strides,
      pad: padding,
      filterShape,
    } = attrs as never as {
      strides: Strides;
      pad: Padding;
      filterShape: [number, number, number, number];
    };
    return compute(() =>
      convFilterGradient(inputs["x"] as Tensor4D, inputs["dy"] as Tensor4D, filterShape, strides, padding),
    );
  },
};

const inputGradient: KernelConfig = {
  kernelName: "Conv2DBackpropInput",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }): TensorInfo => {
    const {
      strides,
      pad: padding,
      inputShape,
    } = attrs as never as {
      strides: Strides;
      pad: Padding;
      inputShape: [number, number, number, number];
    };
    return compute(() =>
      convInputGradient(inputs["dy"] as Tensor4D, inputs["filter"] as Tensor4D, inputShape, strides, padding),
    );
  },
};

/** A kernel may be asked for by code that disposes by hand: nothing inside may be on the tape, nothing may be left. */
function compute(block: () => Tensor): TensorInfo {
  return tidy(block);
}

/** dW[ky, kx, i, o] = Σ x[n, s·y + ky − p, s·x + kx − p, i]·dy[n, y, x, o]: one matrix product over all pixels. */
export function convFilterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: [number, number, number, number],
  strides: Strides,
  padding: Padding,
): Tensor4D {
  const info = backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, padding);
  const { outHeight, outWidth, outChannels, inChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const { top, bottom, left, right } = info.padInfo;
  const pixels = info.batchSize * outHeight * outWidth;
  // Channels first, so that each shifted window is a block of rows of the left factor.
  const planes = transpose(pad(x, padPairs(top, bottom, left, right)), [3, 0, 1, 2]);
  const windows: Tensor[] = [];
  for (let ky = 0; ky < filterHeight; ky++) {
    for (let kx = 0; kx < filterWidth; kx++) {
      const window = strided(planes as Tensor4D, ky, kx, outHeight, outWidth, strideHeight, strideWidth);
      windows.push(reshape(window, [inChannels, pixels]));
    }
  }
  const product = matMul(windows.length === 1 ? windows[0]! : concat(windows, 0), reshape(dy, [pixels, outChannels]));
  return reshape(product, filterShape);
}

/** Rows ky, ky + s, … and columns kx, kx + s, … of (channels, batch, rows, columns). */
function strided(
  planes: Tensor4D,
  ky: number,
  kx: number,
  height: number,
  width: number,
  strideHeight: number,
  strideWidth: number,
): Tensor {
  const [channels, batch] = planes.shape;
  if (strideHeight === 1 && strideWidth === 1) return slice(planes, [0, 0, ky, kx], [channels, batch, height, width]);
  // A multiple of the stride is cut out, split, and its first element taken; what reaches over the edge is 0 and is not taken.
  const wanted: [number, number] = [ky + height * strideHeight, kx + width * strideWidth];
  const missing = [Math.max(0, wanted[0] - planes.shape[2]), Math.max(0, wanted[1] - planes.shape[3])] as const;
  const padded =
    missing[0] + missing[1] === 0
      ? planes
      : pad(planes, [
          [0, 0],
          [0, 0],
          [0, missing[0]],
          [0, missing[1]],
        ]);
  const cut = slice(padded, [0, 0, ky, kx], [channels, batch, height * strideHeight, width * strideWidth]);
  const split = reshape(cut, [channels * batch, height, strideHeight, width, strideWidth]);
  return reshape(slice(split, [0, 0, 0, 0, 0], [channels * batch, height, 1, width, 1]), [
    channels,
    batch,
    height,
    width,
  ]);
}

/** The adjoint of a convolution in its input: a convolution with the turned filter, or a matrix product where windows do not overlap. */
export function convInputGradient(
  dy: Tensor4D,
  filter: Tensor4D,
  inputShape: [number, number, number, number],
  strides: Strides,
  padding: Padding,
): Tensor4D {
  const info = backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, padding);
  const {
    batchSize,
    outHeight,
    outWidth,
    outChannels,
    inChannels,
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
  } = info;
  const { top, bottom, left, right } = info.padInfo;
  if (strideHeight === 1 && strideWidth === 1) {
    const turned = transpose(reverse(filter, [0, 1]), [0, 1, 3, 2]) as Tensor4D;
    const around = padPairs(
      filterHeight - 1 - top,
      filterHeight - 1 - bottom,
      filterWidth - 1 - left,
      filterWidth - 1 - right,
    );
    return conv2d(pad(dy, around), turned, 1, "valid");
  }
  const disjoint = filterHeight === strideHeight && filterWidth === strideWidth && top + bottom + left + right === 0;
  if (!disjoint || outHeight * strideHeight !== inputShape[1] || outWidth * strideWidth !== inputShape[2]) {
    throw new Error("Conv2DBackpropInput on wasm: only stride 1, or windows that tile the input, are composed here");
  }
  const flat = reshape(transpose(filter, [3, 0, 1, 2]), [outChannels, filterHeight * filterWidth * inChannels]);
  const tiles = matMul(reshape(dy, [batchSize * outHeight * outWidth, outChannels]), flat);
  // (batch·rows, columns, ky, kx·channels) → (batch·rows, ky, columns, kx·channels)
  const rows = reshape(tiles, [batchSize * outHeight, outWidth, filterHeight, filterWidth * inChannels]);
  return reshape(transpose(rows, [0, 2, 1, 3]), inputShape);
}

function padPairs(top: number, bottom: number, left: number, right: number): [number, number][] {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}
