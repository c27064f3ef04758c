/**
 * What tfjs's `wasm` backend lacks, or has only as scalar loops, of the gradients of a U-Net's convolutions, composed from its fast
 * matrix product and convolution. It serves until the project has a CPU backend of its own.
 */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { GradConfig, KernelConfig, Tensor, Tensor2D, Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import {
  add,
  backend,
  backend_util,
  conv2d,
  engine,
  matMul,
  mul,
  neg,
  pad,
  registerGradient,
  registerKernel,
  reshape,
  reverse,
  rsqrt,
  sub,
  sum,
  tidy,
  transpose,
  unregisterGradient,
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
  unregisterGradient(batchNormGradient.kernelName);
  registerGradient(batchNormGradient);
}

/** The gradient of batch normalisation over the last axis by broadcasting; tfjs's own tiles the statistics to the image's size. */
const batchNormGradient: GradConfig = {
  kernelName: "FusedBatchNorm",
  inputsToSave: ["x", "mean", "variance", "scale"],
  gradFunc: (dy, saved, attrs) => {
    const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
    const { varianceEpsilon } = attrs as never as { varianceEpsilon: number };
    const g = dy as Tensor;
    const axes = Array.from({ length: x.rank - 1 }, (_, k) => k);
    const inverse = rsqrt(add(variance, varianceEpsilon));
    const scaled = mul(scale, inverse);
    // Computed anew where it is needed: each gradient below is run in a scope of its own.
    const sumOf = () => sum(g, axes);
    const sumOfCentred = () => sum(mul(g, sub(x, mean)), axes);
    return {
      x: () => mul(g, scaled),
      mean: () => neg(mul(scaled, sumOf())),
      variance: () => mul(mul(scaled, mul(inverse, inverse)), mul(sumOfCentred(), -0.5)),
      scale: () => mul(sumOfCentred(), inverse),
      offset: sumOf,
    };
  },
};

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
function convFilterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: [number, number, number, number],
  strides: Strides,
  padding: Padding,
): Tensor4D {
  const info = backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, padding);
  const { batchSize, outHeight, outWidth, outChannels } = info;
  const right = reshape(dy, [batchSize * outHeight * outWidth, outChannels]);
  return reshape(matMul(windows(x, info), right), filterShape);
}

/**
 * The input under each tap of the filter, (taps·channels, pixels): written straight into the backend's memory, since its own `slice`
 * copies row by row in JavaScript and takes longer than the convolution.
 */
function windows(x: Tensor4D, info: backend_util.Conv2DInfo): Tensor2D {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { top, left } = info.padInfo;
  const wasm = backend() as BackendWasm;
  const pixels = batchSize * outHeight * outWidth;
  const result = wasm.makeOutput([filterHeight * filterWidth * inChannels, pixels], "float32");
  // Views only after the allocation: it may have moved the memory.
  const target = wasm.typedArrayFromHeap(result);
  const source = wasm.typedArrayFromHeap(x);
  let at = 0;
  for (let ky = 0; ky < filterHeight; ky++) {
    for (let kx = 0; kx < filterWidth; kx++) {
      const [from, to] = covered(kx - left, info.strideWidth, inWidth, outWidth);
      for (let channel = 0; channel < inChannels; channel++) {
        for (let n = 0; n < batchSize; n++) {
          for (let y = 0; y < outHeight; y++, at += outWidth) {
            const row = y * info.strideHeight + ky - top;
            if (row < 0 || row >= inHeight) {
              target.fill(0, at, at + outWidth);
              continue;
            }
            if (from > 0) target.fill(0, at, at + from);
            if (to < outWidth) target.fill(0, at + to, at + outWidth);
            const step = info.strideWidth * inChannels;
            let read = ((n * inHeight + row) * inWidth + from * info.strideWidth + kx - left) * inChannels + channel;
            for (let column = from; column < to; column++, read += step) target[at + column] = source[read]!;
          }
        }
      }
    }
  }
  return engine().makeTensorFromTensorInfo(result) as Tensor2D;
}

/** The outputs 0 ≤ i < count for which i·stride + shift lies in 0 … length − 1: a range. */
function covered(shift: number, stride: number, length: number, count: number): [number, number] {
  const from = Math.max(0, Math.ceil(-shift / stride));
  const to = Math.min(count, Math.floor((length - 1 - shift) / stride) + 1);
  return [Math.min(from, count), Math.max(from, to)];
}

/** The adjoint of a convolution in its input: a convolution with the turned filter, or a matrix product where windows do not overlap. */
function convInputGradient(
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
