import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import type { Program } from "./runProgram.js";
import { tapCode } from "./samplingCode.js";

/**
 * Gradient in `images` images, with the elements of (images, height, width, channels) in their order: each pixel gathers from the taps of
 * the cells around it, as `tapLists` has them in `starts` and `taps`, from offset, mask and slopes, (groups, windows of the strip,
 * K · channels of a group). With `added` an input `before`, (images, height, width, channels), is added.
 *
 * A fragment makes four channels where all groups have a multiple of four, for the visit of a list costs more than a slope.
 */
export function imageGradientProgram(
  g: DeformConvGeometry,
  images: number,
  { masked, added }: { masked: boolean; added: boolean },
): Program {
  const taps = g.kernelHeight * g.kernelWidth;
  const perGroup = g.inChannels / g.groups;
  const perOffset = g.inChannels / g.offsetGroups;
  const packed = perGroup % 4 === 0 && perOffset % 4 === 0;
  const blocks = packed ? g.inChannels / 4 : g.inChannels;
  const shape = [images, g.inHeight, g.inWidth, g.inChannels];
  const type = packed ? "vec4" : "float";
  const perLane = (read: (lane: number) => string): string =>
    packed ? `vec4(${[0, 1, 2, 3].map(read).join(", ")})` : read(0);
  const place = packed
    ? `
      int block = getOutputCoords().x;
      int pixel = block / ${blocks};
      int channel = (block - pixel * ${blocks}) * 4;
      int line = pixel / ${g.inWidth};
      int n = line / ${g.inHeight};
      ivec3 at = ivec3(n, line - n * ${g.inHeight}, pixel - line * ${g.inWidth});`
    : `
      ivec4 coords = getOutputCoords();
      ivec3 at = coords.xyz;
      int channel = coords.w;`;
  const code = `
    ${tapCode(g, masked)}

    void main() {
      ${place}
      int group = channel / ${perOffset};
      int filterGroup = channel / ${perGroup};
      int first = channel - filterGroup * ${perGroup};
      int above = ((at.x * ${g.offsetGroups} + group) * ${g.inHeight + 1} + at.y) * ${g.inWidth + 1} + at.z;
      ${type} total = ${added ? perLane((lane) => `getBefore(at.x, at.y, at.z, channel + ${lane})`) : `${type}(0.)`};
      // The lists of two cells side by side follow each other.
      for (int row = 0; row < 2; row++) {
        int cell = above + row * ${g.inWidth + 1};
        int end = int(getStarts(cell + 2));
        for (int entry = int(getStarts(cell)); entry < end; entry++) {
          int tap = int(getTaps(entry));
          int inStrip = tap / ${taps};
          int k = tap - inStrip * ${taps};
          int window = start + inStrip;
          int column = k * ${perGroup} + first;
          vec2 share = max(1. - abs(placeOf(window, group, k) - vec2(at.yz)), 0.);
          ${type} slope = ${perLane((lane) => `getSlopes(filterGroup, inStrip, column + ${lane})`)};
          total += share.x * share.y * factorOf(window, group, k) * slope;
        }
      }
      setOutput(total);
    }
  `;
  return { shape: packed ? [images * g.inHeight * g.inWidth * blocks, 2, 2] : shape, packed, code };
}
