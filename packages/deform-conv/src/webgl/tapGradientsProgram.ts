import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import type { Program } from "./runProgram.js";
import { pixelCode, tapCode } from "./samplingCode.js";

/**
 * Gradients of the taps of `count` windows, (count · offsetGroups · K, 2, 2), for each tap ((dy, dx), (mask, 0)), from x, offset, mask and
 * slopes, (groups, count, K · channels of a group): what each sample contributes to the objective.
 */
export function tapGradientsProgram(g: DeformConvGeometry, count: number, masked: boolean): Program {
  const taps = g.kernelHeight * g.kernelWidth;
  const perGroup = g.inChannels / g.groups;
  const perOffset = g.inChannels / g.offsetGroups;
  const code = `
    ${tapCode(g, masked)}
    ${pixelCode(g)}

    void main() {
      int at = getOutputCoords().x;
      int row = at / ${taps};
      int k = at - row * ${taps};
      int inStrip = row / ${g.offsetGroups};
      int group = row - inStrip * ${g.offsetGroups};
      int window = start + inStrip;
      vec2 place = placeOf(window, group, k);
      vec2 share = fract(place);
      vec2 slopeOfPlace = vec2(0.);
      float slopeOfFactor = 0.;
      // Far away no pixel is read, and a slope that is not finite must not count.
      if (place.x >= -1. && place.x < ${g.inHeight}. && place.y >= -1. && place.y < ${g.inWidth}.) {
        for (int c = 0; c < ${perOffset}; c++) {
          int channel = group * ${perOffset} + c;
          int filterGroup = channel / ${perGroup};
          float slope = getSlopes(filterGroup, inStrip, k * ${perGroup} + channel - filterGroup * ${perGroup});
          vec4 p = pixelsOf(window, place, channel);
          slopeOfFactor += slope * bilinear(p, share);
          slopeOfPlace += slope * vec2(
            (1. - share.y) * (p.z - p.x) + share.y * (p.w - p.y),
            (1. - share.x) * (p.y - p.x) + share.x * (p.w - p.z));
        }
      }
      setOutput(vec4(factorOf(window, group, k) * slopeOfPlace, slopeOfFactor, 0.));
    }
  `;
  return { shape: [count * g.offsetGroups * taps, 2, 2], packed: true, code };
}
