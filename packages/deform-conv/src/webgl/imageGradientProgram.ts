import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import type { Program } from "./runProgram.js";
import { tapCode } from "./samplingCode.js";

/**
 * Gradient in `images` images, (images, height, width, channels): each pixel gathers from the taps of the cells around it, as `tapLists`
 * has them in `starts` and `taps`, from offset, mask and slopes, (groups, windows of the strip, K · channels of a group). With `added`
 * an input `before` of the same shape is added.
 */
export function imageGradientProgram(
  g: DeformConvGeometry,
  images: number,
  { masked, added }: { masked: boolean; added: boolean },
): Program {
  const taps = g.kernelHeight * g.kernelWidth;
  const perGroup = g.inChannels / g.groups;
  const code = `
    ${tapCode(g, masked)}

    void main() {
      ivec4 at = getOutputCoords();
      int channel = at.w;
      int group = channel / ${g.inChannels / g.offsetGroups};
      int filterGroup = channel / ${perGroup};
      int column = channel - filterGroup * ${perGroup};
      int above = ((at.x * ${g.offsetGroups} + group) * ${g.inHeight + 1} + at.y) * ${g.inWidth + 1} + at.z;
      float total = ${added ? "getBefore(at.x, at.y, at.z, at.w)" : "0."};
      // The lists of two cells side by side follow each other.
      for (int row = 0; row < 2; row++) {
        int cell = above + row * ${g.inWidth + 1};
        int end = int(getStarts(cell + 2));
        for (int entry = int(getStarts(cell)); entry < end; entry++) {
          int tap = int(getTaps(entry));
          int inStrip = tap / ${taps};
          int k = tap - inStrip * ${taps};
          int window = start + inStrip;
          vec2 share = max(1. - abs(placeOf(window, group, k) - vec2(at.yz)), 0.);
          float slope = getSlopes(filterGroup, inStrip, k * ${perGroup} + column);
          total += share.x * share.y * factorOf(window, group, k) * slope;
        }
      }
      setOutput(total);
    }
  `;
  return { shape: [images, g.inHeight, g.inWidth, g.inChannels], packed: false, code };
}
