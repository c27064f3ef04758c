import { expectNumber, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import type { WindowAxis, WindowOptions } from "../input/slidingWindow.js";

/** All lengths of a deformable convolution; `in` is the image that is sampled, `out` the grid of windows. */
export interface DeformConvGeometry {
  batch: number;
  inHeight: number;
  inWidth: number;
  inChannels: number;
  outHeight: number;
  outWidth: number;
  outChannels: number;
  kernelHeight: number;
  kernelWidth: number;
  /** Groups of the filter. */
  groups: number;
  /** Groups of channels that share offsets. */
  offsetGroups: number;
  strideY: number;
  strideX: number;
  dilationY: number;
  dilationX: number;
  padTop: number;
  padLeft: number;
}

/** Options that `deformConv2d` and its transpose share. */
export interface DeformConvOptions extends WindowOptions {
  /** Factor of each sample, shape (batch, outHeight, outWidth, offsetGroups·K), used as it is: no sigmoid. Default: all 1. */
  mask?: Tensor;
  /** Added to each channel of the result. */
  bias?: Tensor;
  /** Groups of input channels that share offsets; divides the input's channels. Default 1. */
  offsetGroups?: number;
}

/** Axes of a filter, as messages name them. */
export const filterAxes = "kernelHeight, kernelWidth, inChannels / groups, outChannels";

/** Checks filter, groups and what depends on them, and gathers the lengths. @throws ShapeError, RangeArgumentError */
export function deformConvGeometry(
  functionName: string,
  filter: Tensor,
  sizes: { batch: number; in: readonly [number, number]; out: readonly [number, number] },
  inChannels: number,
  offsetGroups: number,
  [rows, columns]: readonly [WindowAxis, WindowAxis],
): DeformConvGeometry {
  const [kernelHeight, kernelWidth, perGroup, outChannels] = filter.shape as [number, number, number, number];
  const groups = inChannels / perGroup;
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ShapeError({ functionName, argument, expected, received });
  };
  if (filter.size === 0) refuse("filter", `have no axis of length 0 (${filterAxes})`, filter.shape);
  if (!Number.isInteger(groups) || groups < 1) {
    refuse("filter", `have a third axis that divides the ${inChannels} input channels`, filter.shape);
  }
  if (outChannels % groups !== 0) {
    refuse("filter", `have a number of output channels that its ${groups} groups divide`, filter.shape);
  }
  expectNumber(functionName, "offsetGroups", offsetGroups, { integer: true, min: 1 });
  if (inChannels % offsetGroups !== 0) {
    refuse("offsetGroups", `divide the ${inChannels} input channels`, offsetGroups);
  }
  return {
    batch: sizes.batch,
    inHeight: sizes.in[0],
    inWidth: sizes.in[1],
    inChannels,
    outHeight: sizes.out[0],
    outWidth: sizes.out[1],
    outChannels,
    kernelHeight,
    kernelWidth,
    groups,
    offsetGroups,
    strideY: rows.stride,
    strideX: columns.stride,
    dilationY: rows.dilation,
    dilationX: columns.dilation,
    padTop: rows.before,
    padLeft: columns.before,
  };
}

/** Checks offset, mask and bias against the geometry. @throws ArgumentError, DtypeError, ShapeError */
export function expectBranches(
  functionName: string,
  g: DeformConvGeometry,
  offset: Tensor,
  { mask, bias }: Pick<DeformConvOptions, "mask" | "bias">,
  channels: number,
): void {
  const grid = [g.batch, g.outHeight, g.outWidth];
  const taps = g.kernelHeight * g.kernelWidth * g.offsetGroups;
  const axes = "batch, outHeight, outWidth";
  expectTensor(functionName, "offset", offset, [...grid, 2 * taps], `${axes}, 2·K·offsetGroups`);
  if (mask !== undefined) expectTensor(functionName, "mask", mask, [...grid, taps], `${axes}, K·offsetGroups`);
  if (bias !== undefined) expectTensor(functionName, "bias", bias, [channels], "channels of the result");
}
