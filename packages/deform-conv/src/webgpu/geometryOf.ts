import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";

/**
 * Lengths as a shader is told them. None is a constant of it: to compile one takes longer than to run it, and a network has layers of many
 * sizes.
 */
export function uniformsOf(g: DeformConvGeometry, mask: TensorInfo | undefined): Record<string, number> {
  return {
    masked: mask === undefined ? 0 : 1,
    windows: windowsOf(g),
    taps: g.kernelHeight * g.kernelWidth,
    kernelWidth: g.kernelWidth,
    inHeight: g.inHeight,
    inWidth: g.inWidth,
    inChannels: g.inChannels,
    outHeight: g.outHeight,
    outWidth: g.outWidth,
    outChannels: g.outChannels,
    channelsOfGroup: g.inChannels / g.groups,
    outputsOfGroup: g.outChannels / g.groups,
    offsetGroups: g.offsetGroups,
    channelsOfOffsetGroup: g.inChannels / g.offsetGroups,
    strideY: g.strideY,
    strideX: g.strideX,
    dilationY: g.dilationY,
    dilationX: g.dilationX,
    padTop: g.padTop,
    padLeft: g.padLeft,
  };
}

/** Windows of all images. */
export function windowsOf(g: DeformConvGeometry): number {
  return g.batch * g.outHeight * g.outWidth;
}

/** Of pieces of `length` that a whole is cut into, how many there are. */
export function piecesOf(whole: number, length: number): number {
  return Math.ceil(whole / length);
}
