import type { DeformConvGeometry } from "../deformConv2d/geometry.js";

/** Lengths that a layer never changes: constants of its shaders. */
export function constantsOf(g: DeformConvGeometry): Record<string, number> {
  return {
    taps: g.kernelHeight * g.kernelWidth,
    kernelWidth: g.kernelWidth,
    inChannels: g.inChannels,
    outChannels: g.outChannels,
    channelsOfGroup: g.inChannels / g.groups,
    outputsOfGroup: g.outChannels / g.groups,
    offsetGroups: g.offsetGroups,
    channelsOfOffsetGroup: g.inChannels / g.offsetGroups,
  };
}

/** All others, of which images of any size are made. */
export function uniformsOf(g: DeformConvGeometry): Record<string, number> {
  return {
    windows: windowsOf(g),
    inHeight: g.inHeight,
    inWidth: g.inWidth,
    outHeight: g.outHeight,
    outWidth: g.outWidth,
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
