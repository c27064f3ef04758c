import type { DeformConvGeometry } from "../deformConv2d/geometry.js";

/** Taps of a window. */
const tapsOf = (g: DeformConvGeometry): number => g.kernelHeight * g.kernelWidth;

/**
 * GLSL functions for taps: `placeOf(window, group, k)` is where a tap reads, (row, column), and `factorOf` its mask. A window is counted
 * over the batch. Inputs of the program: `offset`, (windows, 2·K·offsetGroups), and with `masked` `mask`, (windows, K·offsetGroups).
 */
export function tapCode(g: DeformConvGeometry, masked: boolean): string {
  const taps = tapsOf(g);
  return `
    bool isFiniteFloat(float value) {
      // By its bits: a compiler may take for granted that there is no NaN.
      return (floatBitsToUint(value) & 0x7f800000u) != 0x7f800000u;
    }

    vec2 placeOf(int window, int group, int k) {
      int tap = group * ${taps} + k;
      float dy = getOffset(window, 2 * tap);
      float dx = getOffset(window, 2 * tap + 1);
      if (!isFiniteFloat(dy) || !isFiniteFloat(dx)) return vec2(-2., -2.);
      int at = imod(window, ${g.outHeight * g.outWidth});
      int i = at / ${g.outWidth};
      int j = at - i * ${g.outWidth};
      int a = k / ${g.kernelWidth};
      int b = k - a * ${g.kernelWidth};
      float y = float(i * ${g.strideY} - ${g.padTop} + a * ${g.dilationY}) + dy;
      float x = float(j * ${g.strideX} - ${g.padLeft} + b * ${g.dilationX}) + dx;
      // Far places are clipped before they become integers; these are outside with all their corners.
      return clamp(vec2(y, x), vec2(-2., -2.), vec2(${g.inHeight + 1}., ${g.inWidth + 1}.));
    }

    float factorOf(int window, int group, int k) {
      return ${masked ? `getMask(window, group * ${taps} + k)` : "1."};
    }
  `;
}

/**
 * GLSL function `pixelsOf(window, place, channel)`: the four pixels of x around a place, (00, 01, 10, 11), zero outside. To be preceded by
 * `tapCode`; an input of the program is `x`, (batch, height, width, channels).
 */
export function pixelCode(g: DeformConvGeometry): string {
  return `
    float pixelOf(int n, int row, int column, int channel) {
      if (row < 0 || row >= ${g.inHeight} || column < 0 || column >= ${g.inWidth}) return 0.;
      return getX(n, row, column, channel);
    }

    vec4 pixelsOf(int window, vec2 place, int channel) {
      int n = window / ${g.outHeight * g.outWidth};
      int row = int(floor(place.x));
      int column = int(floor(place.y));
      return vec4(
        pixelOf(n, row, column, channel), pixelOf(n, row, column + 1, channel),
        pixelOf(n, row + 1, column, channel), pixelOf(n, row + 1, column + 1, channel));
    }

    float bilinear(vec4 pixels, vec2 share) {
      vec2 rows = (1. - share.y) * pixels.xz + share.y * pixels.yw;
      return (1. - share.x) * rows.x + share.x * rows.y;
    }
  `;
}
