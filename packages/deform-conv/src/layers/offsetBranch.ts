import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import {
  add,
  clone,
  concat,
  conv2d,
  customGrad,
  getBackend,
  getKernel,
  matMul,
  mul,
  pad,
  reshape,
  sigmoid,
  slice,
  tanh,
} from "@tensorflow/tfjs-core";
import type { LayerVariable } from "@tensorflow/tfjs-layers";
import { initializers } from "@tensorflow/tfjs-layers";
import type { WindowAxis } from "../input/slidingWindow.js";
import { windowCount } from "../input/slidingWindow.js";
import type { DeformableLayer } from "./deformableLayer.js";

/**
 * `rate` · v, with the gradient that v would have if it were the value itself: an optimiser moves v by what it would move the value, hence
 * the value by `rate` times as much, whatever it makes of a gradient.
 */
export function slowed(v: Tensor, rate: number): Tensor {
  if (rate === 1) return v;
  return customGrad(() => ({ value: mul(v, rate), gradFunc: (dy: Tensor) => [clone(dy)] }))(v);
}

/**
 * The plain convolution that makes offsets and masks.
 * @param filter (kernelHeight, kernelWidth, channels, outputs)
 */
function branchConvolution(x: Tensor, filter: Tensor, bias: Tensor, axes: readonly [WindowAxis, WindowAxis]): Tensor {
  // tfjs's own has no gradient of the filter on the backend wasm, nor any with dilations.
  const isWhole = axes.every(({ dilation }) => dilation === 1) && hasFilterGradient();
  return add(isWhole ? convolution(x, filter, axes) : windowsTimesFilter(x, filter, axes), bias);
}

function hasFilterGradient(): boolean {
  return getKernel("Conv2DBackpropFilter", getBackend()) !== undefined;
}

function convolution(x: Tensor, filter: Tensor, [rows, columns]: readonly [WindowAxis, WindowAxis]): Tensor {
  const space = [rows, columns].map(({ before, after }): [number, number] => [before, after]);
  const strides: [number, number] = [rows.stride, columns.stride];
  const around = [[0, 0], ...space, [0, 0]] as [[number, number], [number, number], [number, number], [number, number]];
  // The gradients of the backend tensorflow refuse explicit padding.
  if (getBackend() === "tensorflow") return conv2d(pad(x as Tensor4D, around), filter as Tensor4D, strides, "valid");
  return conv2d(x as Tensor4D, filter as Tensor4D, strides, around);
}

/** Windows laid out as rows, times the filter. */
function windowsTimesFilter(x: Tensor, filter: Tensor, [rows, columns]: readonly [WindowAxis, WindowAxis]): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [kernelHeight, kernelWidth, , outputs] = filter.shape as [number, number, number, number];
  const [outHeight, outWidth] = [windowCount(height, rows), windowCount(width, columns)];
  // Each tap reads whole strides, the last one too, and keeps the first pixel of each.
  const space = [rows, columns].map(({ before, after, stride }): [number, number] => [before, after + stride - 1]);
  const padded = space.flat().some((n) => n > 0) ? pad(x, [[0, 0], ...space, [0, 0]]) : x;
  const size = [batch, outHeight * rows.stride, outWidth * columns.stride, channels];
  const taps = Array.from({ length: kernelHeight * kernelWidth }, (_, k) => {
    const [a, b] = [Math.floor(k / kernelWidth), k % kernelWidth];
    const seen = slice(padded, [0, a * rows.dilation, b * columns.dilation, 0], size);
    // Axis by axis: the gradient of a slice is a padding, which tfjs's webgl has for four axes at most.
    const ofRows = firstOfEach(seen, [batch * outHeight, outWidth * columns.stride * channels], rows.stride);
    return firstOfEach(ofRows, [batch * outHeight * outWidth, channels], columns.stride);
  });
  const windows = taps.length === 1 ? taps[0]! : concat(taps, 1);
  const made = matMul(windows, reshape(filter, [taps.length * channels, outputs]));
  return reshape(made, [batch, outHeight, outWidth, outputs]);
}

/** The first of every `stride` parts, as rows, (count, size of a part). */
function firstOfEach(x: Tensor, [count, size]: readonly [number, number], stride: number): Tensor {
  const parts = reshape(x, [count, stride * size]);
  return stride === 1 ? parts : slice(parts, [0, 0], [count, size]);
}

/** Options of {@link OffsetBranch}. */
export interface OffsetBranchSettings {
  kernelSize: readonly [number, number];
  offsetGroups: number;
  modulated: boolean;
  maskGain: number;
  offsetLearningRate: number;
  offsetLimit: number | undefined;
}

/** The weights of a convolution that makes offsets and, with `modulated`, a mask; all 0 at first. */
export class OffsetBranch {
  readonly #settings: OffsetBranchSettings;
  #kernels: LayerVariable[] = [];
  #biases: LayerVariable[] = [];

  constructor(settings: OffsetBranchSettings) {
    this.#settings = settings;
  }

  /** Adds the weights to a layer whose input has some channels. */
  build(layer: DeformableLayer, channels: number): void {
    const { kernelSize, offsetGroups, modulated } = this.#settings;
    const taps = kernelSize[0] * kernelSize[1] * offsetGroups;
    this.#kernels = [];
    this.#biases = [];
    for (const [key, outputs] of [["offset", 2 * taps] as const, ...(modulated ? [["mask", taps] as const] : [])]) {
      const weight = (part: string, shape: number[]) => layer.addFloats(`${key}_${part}`, shape, initializers.zeros());
      this.#kernels.push(weight("kernel", [...kernelSize, channels, outputs]));
      this.#biases.push(weight("bias", [outputs]));
    }
  }

  /** What the branch makes of an input. */
  apply(x: Tensor, axes: readonly [WindowAxis, WindowAxis]): { offset: Tensor; mask?: Tensor } {
    const { modulated, maskGain, offsetLearningRate, offsetLimit } = this.#settings;
    const joined = (variables: LayerVariable[], axis: number): Tensor => {
      const values = variables.map((variable) => variable.read());
      return slowed(values.length === 1 ? values[0]! : concat(values, axis), offsetLearningRate);
    };
    const made = branchConvolution(x, joined(this.#kernels, 3), joined(this.#biases, 0), axes);
    // Of slope 1 at 0, so that a limit does not change how training starts.
    const limited = (offset: Tensor): Tensor =>
      offsetLimit === undefined ? offset : mul(tanh(mul(offset, 1 / offsetLimit)), offsetLimit);
    if (!modulated) return { offset: limited(made) };
    const offsets = this.#biases[0]!.shape[0]!;
    const mask = mul(sigmoid(slice(made, [0, 0, 0, offsets])), maskGain);
    return { offset: limited(slice(made, [0, 0, 0, 0], [-1, -1, -1, offsets])), mask };
  }
}
