import type { AttentionGeometry, Level } from "./geometry.js";

type Floats = Float32Array | Float64Array;

/** A sample: the first channels of its four pixels (rows first; -1 outside the level), and the place between them. */
interface Sample {
  corners: [number, number, number, number];
  ly: number;
  lx: number;
  level: Level;
}

/** Calls back for each sample: its index in the weights, and that of the first channel of its query and head in the result. */
function eachSample(
  { batch, pixels, heads, channels, queries, points, levels }: AttentionGeometry,
  locations: Floats,
  visit: (sample: number, result: number, where: Sample) => void,
): void {
  // Coordinates are rounded as a kernel in float32 rounds them: at a pixel's border, the cell and so the slope depend on it.
  const round = locations instanceof Float32Array ? Math.fround : (value: number) => value;
  const samples = batch * queries * heads * levels.length * points;
  for (let sample = 0; sample < samples; sample++) {
    const at = Math.floor(sample / (levels.length * points));
    const level = levels[Math.floor(sample / points) % levels.length]!;
    const { height, width, start } = level;
    const x = round(round(locations[2 * sample]! * width) - 0.5);
    const y = round(round(locations[2 * sample + 1]! * height) - 0.5);
    // Written so that NaN is outside.
    if (!(y >= -1 && y < height && x >= -1 && x < width)) {
      visit(sample, at * channels, { corners: [-1, -1, -1, -1], ly: 0, lx: 0, level });
      continue;
    }
    const [row, column] = [Math.floor(y), Math.floor(x)];
    const image = Math.floor(at / (queries * heads)) * pixels + start;
    const corner = (r: number, c: number): number =>
      r < 0 || r >= height || c < 0 || c >= width ? -1 : ((image + r * width + c) * heads + (at % heads)) * channels;
    visit(sample, at * channels, {
      corners: [corner(row, column), corner(row, column + 1), corner(row + 1, column), corner(row + 1, column + 1)],
      ly: y - row,
      lx: x - column,
      level,
    });
  }
}

/** The four pixels of a channel; outside the level they are 0. */
function pixels(value: Floats, { corners }: Sample, c: number): [number, number, number, number] {
  return corners.map((from) => (from < 0 ? 0 : value[from + c]!)) as [number, number, number, number];
}

function bilinear([v00, v01, v10, v11]: readonly number[], { ly, lx }: Sample): number {
  return (1 - ly) * ((1 - lx) * v00! + lx * v01!) + ly * ((1 - lx) * v10! + lx * v11!);
}

/**
 * The definition: out[q, head, d] = Σ over levels and points of weight · S, S the bilinear sample of channel d of that head, zero outside the
 * level, at (x · width - ½, y · height - ½). Row-major arrays, sums in float64.
 */
export function attentionForward(
  value: Floats,
  locations: Floats,
  weights: Floats,
  g: AttentionGeometry,
): Float64Array {
  const result = new Float64Array(g.batch * g.queries * g.heads * g.channels);
  eachSample(g, locations, (sample, at, where) => {
    for (let c = 0; c < g.channels; c++) {
      result[at + c]! += weights[sample]! * bilinear(pixels(value, where, c), where);
    }
  });
  return result;
}

/** The gradients in value, locations and weights. */
export function attentionGradients(
  value: Floats,
  locations: Floats,
  weights: Floats,
  dy: Floats,
  g: AttentionGeometry,
): { value: Float64Array; locations: Float64Array; weights: Float64Array } {
  const result = {
    value: new Float64Array(value.length),
    locations: new Float64Array(locations.length),
    weights: new Float64Array(weights.length),
  };
  eachSample(g, locations, (sample, at, where) => {
    const { corners, ly, lx, level } = where;
    const weight = weights[sample]!;
    const shares = [(1 - ly) * (1 - lx), (1 - ly) * lx, ly * (1 - lx), ly * lx];
    for (let c = 0; c < g.channels; c++) {
      const slope = dy[at + c]!;
      const values = pixels(value, where, c);
      const [v00, v01, v10, v11] = values;
      for (let v = 0; v < 4; v++) if (corners[v]! >= 0) result.value[corners[v]! + c]! += shares[v]! * weight * slope;
      result.weights[sample]! += slope * bilinear(values, where);
      const alongX = (1 - ly) * (v01 - v00) + ly * (v11 - v10);
      const alongY = (1 - lx) * (v10 - v00) + lx * (v11 - v01);
      result.locations[2 * sample]! += level.width * weight * slope * alongX;
      result.locations[2 * sample + 1]! += level.height * weight * slope * alongY;
    }
  });
  return result;
}
