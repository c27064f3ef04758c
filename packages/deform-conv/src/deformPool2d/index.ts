import { ArgumentError, expectBoolean, expectNumber, expectOneOf, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { getBackend, tensor, zeros } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import { expectTensor } from "../input/expectTensor.js";
import type { WindowOptions } from "../input/slidingWindow.js";
import { pairOf, slidingWindow, windowCount } from "../input/slidingWindow.js";
import { meanByConvolution } from "./byConvolution.js";
import { compositePool, compositePoolGradients } from "./composite.js";
import type { Pooling } from "./pooling.js";
import { countTaps } from "./pooling.js";
import { deformPoolForward, deformPoolGradients } from "./reference.js";

/** Options of {@link deformPool2d}. */
export interface DeformPool2dOptions extends WindowOptions {
  /** Taps of the window, one number or `[y, x]`, integers ≥ 1. */
  windowSize: number | readonly [number, number];
  /** What is made of the samples of a window: their mean (default) or their maximum. */
  mode?: "average" | "max";
  /** Steps between windows, one number or `[y, x]`, integers ≥ 1. Default: `windowSize`. */
  strides?: number | readonly [number, number];
  /** Groups of channels that share offsets; divides the channels. Default 1. */
  offsetGroups?: number;
  /** Only for the mean: taps over padding count too, so that each mean is over all K taps. Default false, as `tf.avgPool`. */
  countIncludePad?: boolean;
}

const name = "deformPool2d";
const axes = "batch, height, width, channels";

/** Checks the options and gathers what a pooling needs. */
function poolingOf(x: Tensor, options: DeformPool2dOptions): Pooling {
  const known = ["windowSize", "mode", "strides", "padding", "dilations", "offsetGroups", "countIncludePad"] as const;
  const { windowSize, mode = "average", strides, ...rest } = expectOptions(name, options, known);
  const { offsetGroups = 1, countIncludePad = false, ...window } = rest;
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ShapeError({ functionName: name, argument, expected, received });
  };
  expectTensor(name, "x", x, [-1, -1, -1, -1], axes);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  if (height * width * channels === 0) refuse("x", `have at least one row, column and channel (${axes})`, x.shape);
  const taps = pairOf(name, "windowSize", windowSize, 1);
  expectOneOf(name, "mode", mode, ["average", "max"] as const);
  expectBoolean(name, "countIncludePad", countIncludePad);
  if (mode === "max" && countIncludePad) {
    const expected = 'be left out with mode "max"';
    throw new ArgumentError({ functionName: name, argument: "countIncludePad", expected, received: true });
  }
  const [rows, columns] = slidingWindow(name, [height, width], taps, { ...window, strides: strides ?? taps });
  const [outHeight, outWidth] = [windowCount(height, rows), windowCount(width, columns)];
  if (outHeight < 1 || outWidth < 1) {
    const padded = [height + rows.before + rows.after, width + columns.before + columns.after];
    const expected = `fit with its dilations, [${rows.extent}, ${columns.extent}], into the padded image, [${padded.join(", ")}]`;
    refuse("windowSize", expected, windowSize);
  }
  expectNumber(name, "offsetGroups", offsetGroups, { integer: true, min: 1 });
  if (channels % offsetGroups !== 0) refuse("offsetGroups", `divide the ${channels} channels of x`, offsetGroups);
  const geometry = {
    batch,
    inHeight: height,
    inWidth: width,
    inChannels: channels,
    outHeight,
    outWidth,
    outChannels: channels,
    kernelHeight: taps[0],
    kernelWidth: taps[1],
    groups: channels,
    offsetGroups,
    strideY: rows.stride,
    strideX: columns.stride,
    dilationY: rows.dilation,
    dilationX: columns.dilation,
    padTop: rows.before,
    padLeft: columns.before,
  };
  return { geometry, mode, ...countTaps(geometry, countIncludePad) };
}

function forward(x: Tensor, offset: Tensor, pooling: Pooling): Tensor {
  const { batch, outHeight, outWidth, inChannels } = pooling.geometry;
  const shape = [batch, outHeight, outWidth, inChannels];
  if (batch === 0) return zeros(shape);
  const convolution = meanByConvolution(pooling);
  if (convolution) return convolution.forward(x, offset);
  if (getBackend() !== "cpu") return compositePool(x, offset, pooling);
  const values = deformPoolForward(x.dataSync<"float32">(), offset.dataSync<"float32">(), pooling);
  return tensor(Float32Array.from(values), shape);
}

function backward(x: Tensor, offset: Tensor, dy: Tensor, pooling: Pooling): { x: Tensor; offset: Tensor } {
  if (pooling.geometry.batch === 0) return { x: zeros(x.shape), offset: zeros(offset.shape) };
  const convolution = meanByConvolution(pooling);
  if (convolution) return convolution.gradients(x, offset, dy);
  if (getBackend() !== "cpu") return compositePoolGradients(x, offset, dy, pooling);
  const read = (t: Tensor): Float32Array => t.dataSync<"float32">();
  const gradients = deformPoolGradients(read(x), read(offset), read(dy), pooling);
  return {
    x: tensor(Float32Array.from(gradients.x), x.shape),
    offset: tensor(Float32Array.from(gradients.offset), offset.shape),
  };
}

/**
 * Deformable pooling: mean or maximum of a window of samples, each at its place plus an offset of its own, bilinear, zero outside the image.
 *
 * Only taps count whose place without offset lies in the image, whatever their offset; a window without such a tap gives 0. So zero offsets
 * are `tf.avgPool` and `tf.maxPool`, and `countIncludePad` is torch's `count_include_pad`. A sample whose offset is not finite is 0, takes
 * part, and has no gradient. Gradients of x and offset, once; an offset's slope at a pixel's centre is the right-sided one. The gradient of a
 * maximum goes to the first of equal taps, row by row; a NaN is the maximum of its window.
 *
 * Time grows with windows · K · channels; backends without a kernel of their own hold 4·K·channels floats a window.
 * @param x image, (batch, height, width, channels), float32
 * @param offset pixels of x, (batch, outHeight, outWidth, 2·K·offsetGroups); the last axis is (offset group, tap row by row, [dy, dx])
 * @returns (batch, outHeight, outWidth, channels)
 * @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError
 * @example `deformPool2d(tf.ones([1, 6, 8, 3]), tf.zeros([1, 3, 4, 8]), { windowSize: 2, mode: "max" }) // [1, 3, 4, 3]`
 *
 * Source: own; the samples are those of Dai et al. 2017 (`dai2017`), equation 2, pooled instead of filtered.
 */
export function deformPool2d(x: Tensor, offset: Tensor, options: DeformPool2dOptions): Tensor4D {
  const pooling = poolingOf(x, options);
  const { batch, outHeight, outWidth, kernelHeight, kernelWidth, offsetGroups } = pooling.geometry;
  const shape = [batch, outHeight, outWidth, 2 * kernelHeight * kernelWidth * offsetGroups];
  expectTensor(name, "offset", offset, shape, "batch, outHeight, outWidth, 2·K·offsetGroups");
  return differentiable(
    { x, offset },
    (inputs) => forward(inputs.x, inputs.offset, pooling),
    (inputs, dy) => backward(inputs.x, inputs.offset, dy, pooling),
  ) as Tensor4D;
}
