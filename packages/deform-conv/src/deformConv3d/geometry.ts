import { expectNumber, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import { windowCount } from "../input/slidingWindow.js";
import type { VolumeWindowOptions } from "./window.js";
import { volumeWindow } from "./window.js";

/** All lengths of a deformable convolution of volumes; a list has an entry an axis: planes, rows, columns. */
export interface DeformConv3dGeometry {
  batch: number;
  in: number[];
  inChannels: number;
  out: number[];
  outChannels: number;
  kernel: number[];
  /** Taps of the kernel. */
  taps: number;
  /** Windows of one volume. */
  windows: number;
  /** Groups of the filter. */
  groups: number;
  /** Groups of channels that share offsets. */
  offsetGroups: number;
  strides: number[];
  dilations: number[];
  /** Padding before the volume. */
  before: number[];
}

/** Options of `deformConv3d`. */
export interface DeformConv3dOptions extends VolumeWindowOptions {
  /** Factor of each sample, (batch, outDepth, outHeight, outWidth, offsetGroups·K), used as it is: no sigmoid. Default: all 1. */
  mask?: Tensor;
  /** Added to each channel of the result. */
  bias?: Tensor;
  /** Groups of input channels that share offsets; divides the input's channels. Default 1. */
  offsetGroups?: number;
}

const product = (lengths: readonly number[]): number => lengths.reduce((a, b) => a * b, 1);

/** Checks volume, filter and options, and gathers the lengths. @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError */
export function deformConv3dGeometry(
  functionName: string,
  x: Tensor,
  filter: Tensor,
  offsetGroups: number,
  window: VolumeWindowOptions,
): DeformConv3dGeometry {
  const imageAxes = "batch, depth, height, width, channels";
  const filterAxes = "kernelDepth, kernelHeight, kernelWidth, inChannels / groups, outChannels";
  expectTensor(functionName, "x", x, [-1, -1, -1, -1, -1], imageAxes);
  expectTensor(functionName, "filter", filter, [-1, -1, -1, -1, -1], filterAxes);
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ShapeError({ functionName, argument, expected, received });
  };
  const [batch, size, inChannels] = [x.shape[0]!, x.shape.slice(1, 4), x.shape[4]!];
  if (product(size) * inChannels === 0) {
    refuse("x", `have at least one plane, row, column and channel (${imageAxes})`, x.shape);
  }
  if (filter.size === 0) refuse("filter", `have no axis of length 0 (${filterAxes})`, filter.shape);
  const [kernel, perGroup, outChannels] = [filter.shape.slice(0, 3), filter.shape[3]!, filter.shape[4]!];
  const axes = volumeWindow(functionName, size, kernel, window);
  const out = axes.map((axis, k) => windowCount(size[k]!, axis));
  if (out.some((count) => count < 1)) {
    const extents = axes.map(({ extent }) => extent).join(", ");
    const padded = axes.map(({ before, after }, k) => before + size[k]! + after).join(", ");
    refuse("filter", `fit with its dilations, [${extents}], into the padded volume, [${padded}]`, filter.shape);
  }
  const groups = inChannels / perGroup;
  if (!Number.isInteger(groups)) {
    refuse("filter", `have a fourth axis that divides the ${inChannels} input channels`, filter.shape);
  }
  if (outChannels % groups !== 0) {
    refuse("filter", `have a number of output channels that its ${groups} groups divide`, filter.shape);
  }
  expectNumber(functionName, "offsetGroups", offsetGroups, { integer: true, min: 1 });
  if (inChannels % offsetGroups !== 0) {
    refuse("offsetGroups", `divide the ${inChannels} input channels`, offsetGroups);
  }
  return {
    batch,
    in: size,
    inChannels,
    out,
    outChannels,
    kernel,
    taps: product(kernel),
    windows: product(out),
    groups,
    offsetGroups,
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    before: axes.map(({ before }) => before),
  };
}

/** Index along each axis of the `at`-th element of an array of these lengths. */
export function indicesOf(at: number, [, rows, columns]: readonly number[]): [number, number, number] {
  return [Math.floor(at / columns! / rows!), Math.floor(at / columns!) % rows!, at % columns!];
}

/** Where a tap of a window lies along an axis, without its offset. */
export function placeOf(g: DeformConv3dGeometry, axis: number, window: number, tap: number): number {
  return window * g.strides[axis]! - g.before[axis]! + tap * g.dilations[axis]!;
}
