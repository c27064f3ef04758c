import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import type { Program } from "./runProgram.js";
import { pixelCode, tapCode } from "./samplingCode.js";

/** Masked samples of `count` windows, (groups, count, K · channels of a group), from x, offset and mask. */
export function columnsProgram(g: DeformConvGeometry, count: number, masked: boolean): Program {
  const perGroup = g.inChannels / g.groups;
  const columns = g.kernelHeight * g.kernelWidth * perGroup;
  const code = `
    ${tapCode(g, masked)}
    ${pixelCode(g)}

    float columnAt(int filterGroup, int window, int column) {
      int k = column / ${perGroup};
      int channel = filterGroup * ${perGroup} + column - k * ${perGroup};
      int group = channel / ${g.inChannels / g.offsetGroups};
      vec2 place = placeOf(window, group, k);
      return factorOf(window, group, k) * bilinear(pixelsOf(window, place, channel), fract(place));
    }

    void main() {
      ivec3 at = getOutputCoords();
      bool below = at.y + 1 < ${count};
      bool right = at.z + 1 < ${columns};
      int window = start + at.y;
      vec4 result = vec4(columnAt(at.x, window, at.z), 0., 0., 0.);
      if (right) result.y = columnAt(at.x, window, at.z + 1);
      if (below) result.z = columnAt(at.x, window + 1, at.z);
      if (below && right) result.w = columnAt(at.x, window + 1, at.z + 1);
      setOutput(result);
    }
  `;
  return { shape: [g.groups, count, columns], packed: true, code };
}
