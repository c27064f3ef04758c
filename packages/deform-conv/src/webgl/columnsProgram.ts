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
      vec4 result = vec4(0.);
      // A loop, for code in four copies takes longer to compile.
      for (int e = 0; e < 4; e++) {
        int row = at.y + e / 2;
        int column = at.z + imod(e, 2);
        if (row < ${count} && column < ${columns}) result[e] = columnAt(at.x, start + row, column);
      }
      setOutput(result);
    }
  `;
  return { shape: [g.groups, count, columns], packed: true, code };
}
