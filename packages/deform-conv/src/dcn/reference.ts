import type { Cell } from "../deformConv2d/reference.js";
import { bilinear, cellAt, pixels } from "../deformConv2d/reference.js";
import type { DcnGeometry } from "./geometry.js";

type Floats = Float32Array | Float64Array;

/** Calls back for each window (`at` counts them), group and point, `tap` being its index in the mask. */
function eachPoint(
  g: DcnGeometry,
  offset: Floats,
  visit: (at: number, tap: number, group: number, cell: Cell) => void,
): void {
  const { points, groups, origin } = g;
  // Rounded as a kernel in float32 rounds: at a pixel's border, the cell and so the slope depend on it.
  const round = offset instanceof Float32Array ? Math.fround : (value: number) => value;
  const scale = round(g.offsetScale);
  for (let at = 0; at < g.batch * g.outHeight * g.outWidth; at++) {
    const j = at % g.outWidth;
    const i = Math.floor(at / g.outWidth) % g.outHeight;
    const n = Math.floor(at / g.outWidth / g.outHeight);
    for (let group = 0; group < groups; group++) {
      for (const [p, [fromY, fromX]] of points.entries()) {
        const tap = (at * groups + group) * points.length + p;
        const x = j * g.strideX + origin[1] + round(round(fromX + offset[2 * tap]!) * scale);
        const y = i * g.strideY + origin[0] + round(round(fromY + offset[2 * tap + 1]!) * scale);
        visit(at, tap, group, cellAt(g, n, round(y), round(x)));
      }
    }
  }
}

/**
 * The definition: out[p, c] = Σ over points k of mask[p, k] · S, S the bilinear sample of channel c, zero outside the image, at the
 * point's place. Row-major arrays, sums in float64.
 */
export function dcnForward(x: Floats, offset: Floats, mask: Floats, g: DcnGeometry): Float64Array {
  const perGroup = g.inChannels / g.groups;
  const result = new Float64Array(g.batch * g.outHeight * g.outWidth * g.inChannels);
  eachPoint(g, offset, (at, tap, group, cell) => {
    for (let c = group * perGroup; c < (group + 1) * perGroup; c++) {
      result[at * g.inChannels + c]! += mask[tap]! * bilinear(pixels(x, cell, c), cell);
    }
  });
  return result;
}

/** The gradients of Σ dy · result. */
export function dcnGradients(
  x: Floats,
  offset: Floats,
  mask: Floats,
  dy: Floats,
  g: DcnGeometry,
): { x: Float64Array; offset: Float64Array; mask: Float64Array } {
  const perGroup = g.inChannels / g.groups;
  const result = {
    x: new Float64Array(x.length),
    offset: new Float64Array(offset.length),
    mask: new Float64Array(mask.length),
  };
  eachPoint(g, offset, (at, tap, group, cell) => {
    const { corners, ly, lx } = cell;
    const weights = [(1 - ly) * (1 - lx), (1 - ly) * lx, ly * (1 - lx), ly * lx];
    for (let c = group * perGroup; c < (group + 1) * perGroup; c++) {
      const values = pixels(x, cell, c);
      const [v00, v01, v10, v11] = values;
      const slope = dy[at * g.inChannels + c]!;
      result.mask[tap]! += slope * bilinear(values, cell);
      const ofSample = mask[tap]! * slope;
      const ofPlace = ofSample * g.offsetScale;
      result.offset[2 * tap]! += ofPlace * ((1 - ly) * (v01 - v00) + ly * (v11 - v10));
      result.offset[2 * tap + 1]! += ofPlace * ((1 - lx) * (v10 - v00) + lx * (v11 - v01));
      for (let v = 0; v < 4; v++) if (corners[v]! >= 0) result.x[corners[v]! + c]! += weights[v]! * ofSample;
    }
  });
  return result;
}
