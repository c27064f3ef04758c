import type { Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  cast,
  clipByValue,
  concat,
  fill,
  floor,
  gather,
  greaterEqual,
  isFinite as isFiniteNumber,
  lessEqual,
  logicalAnd,
  mul,
  reshape,
  scalar,
  scatterND,
  slice,
  stack,
  sub,
  sum,
  tensor,
  unstack,
  where,
  zeros,
} from "@tensorflow/tfjs-core";
import type { AttentionGeometry, Level } from "./geometry.js";
import type { AttentionKernels } from "./kernels.js";

/** Of each sample, ordered (query, head, level, point): rows of the table to read (00, 01, 10, 11) and the place between them, (samples, 1). */
interface Plan {
  rows: Tensor[];
  ly: Tensor;
  lx: Tensor;
}

/** A length of each level, to be multiplied with (batch · queries · heads, levels, points). */
const ofLevels = (g: AttentionGeometry, length: (level: Level) => number, dtype: "float32" | "int32"): Tensor =>
  tensor(g.levels.map(length), [1, g.levels.length, 1], dtype);

/** Rows are (image, pixel of any level, head) with the head's channels; one more row of zeros stands for all that is outside. */
function planOf(locations: Tensor, g: AttentionGeometry): Plan {
  const { batch, pixels, heads, queries, points, levels } = g;
  const groups = batch * queries * heads;
  const shape = [groups, levels.length, points];
  const [u, v] = unstack(reshape(locations, [...shape, 2]), 3) as [Tensor, Tensor];
  const finite = logicalAnd(isFiniteNumber(u), isFiniteNumber(v));
  const [height, width] = [
    ofLevels(g, (level) => level.height, "float32"),
    ofLevels(g, (level) => level.width, "float32"),
  ];
  // -2 and 3 are outside with all their corners, whatever the size; far locations are clipped before they become integers.
  const placed = (share: Tensor, size: Tensor): Tensor =>
    sub(mul(clipByValue(where(finite, share, fill(shape, -2)), -2, 3), size), 0.5);
  const [y, x] = [placed(v, height), placed(u, width)];
  const [top, left] = [floor(y), floor(x)];
  const starts = new Int32Array(groups);
  for (let s = 0; s < groups; s++) starts[s] = Math.floor(s / (queries * heads)) * pixels * heads + (s % heads);
  const start = add(
    tensor(starts, [groups, 1, 1], "int32"),
    ofLevels(g, (level) => level.start * heads, "int32"),
  );
  const columns = ofLevels(g, (level) => level.width, "int32");
  const outside = fill(shape, batch * pixels * heads, "int32");
  const inRange = (at: Tensor, size: Tensor): Tensor => logicalAnd(greaterEqual(at, 0), lessEqual(at, sub(size, 1)));
  const rows = [0, 1, 2, 3].map((corner) => {
    const row = add(top, corner >> 1);
    const column = add(left, corner & 1);
    const inside = logicalAnd(inRange(row, height), inRange(column, width));
    const pixel = add(mul(cast(row, "int32"), columns), cast(column, "int32"));
    return reshape(where(inside, add(mul(pixel, scalar(heads, "int32")), start), outside), [-1]);
  });
  return { rows, ly: reshape(sub(y, top), [-1, 1]), lx: reshape(sub(x, left), [-1, 1]) };
}

/** The four pixels of every sample, (samples, channels) each. */
function cornersOf(value: Tensor, { rows }: Plan, { channels }: AttentionGeometry): [Tensor, Tensor, Tensor, Tensor] {
  const table = concat([reshape(value, [-1, channels]), zeros([1, channels])]);
  const corners = rows.map((indices) => gather(table, indices as Tensor & { dtype: "int32" }));
  return corners as [Tensor, Tensor, Tensor, Tensor];
}

const between = (from: Tensor, to: Tensor, share: Tensor): Tensor => add(from, mul(sub(to, from), share));

/** Operations of tfjs-core alone, for every backend. Holds four pixels of every sample. */
export const composite: AttentionKernels = {
  forward({ value, locations, weights }, g) {
    const plan = planOf(locations, g);
    const [v00, v01, v10, v11] = cornersOf(value, plan, g);
    const sample = between(between(v00, v01, plan.lx), between(v10, v11, plan.lx), plan.ly);
    const weighted = mul(sample, reshape(weights, [-1, 1]));
    const ofQueries = sum(reshape(weighted, [-1, g.levels.length * g.points, g.channels]), 1);
    return reshape(ofQueries, [g.batch, g.queries, g.heads * g.channels]);
  },

  gradients({ value, locations, weights }, dy, g) {
    const plan = planOf(locations, g);
    const { rows, ly, lx } = plan;
    const [v00, v01, v10, v11] = cornersOf(value, plan, g);
    const perQuery = reshape(dy, [-1, 1, g.channels]);
    const samples = g.levels.length * g.points;
    // Σ over channels of the result's slope times what is given of each sample.
    const perSample = (given: Tensor): Tensor =>
      reshape(sum(mul(reshape(given, [-1, samples, g.channels]), perQuery), 2), [-1, g.levels.length, g.points]);
    const factor = reshape(weights, [-1, samples, 1]);
    const slope = reshape(mul(factor, perQuery), [-1, g.channels]);
    const bottom = mul(slope, ly);
    const top = sub(slope, bottom);
    const right = [mul(top, lx), mul(bottom, lx)] as const;
    const shares = [sub(top, right[0]), right[0], sub(bottom, right[1]), right[1]];
    const table = g.batch * g.pixels * g.heads;
    const scattered = shares
      .map((share, k) => scatterND(reshape(rows[k]!, [-1, 1]), share, [table + 1, g.channels]) as Tensor)
      .reduce((a, b) => add(a, b));
    const alongX = perSample(between(sub(v01, v00), sub(v11, v10), ly));
    const alongY = perSample(between(sub(v10, v00), sub(v11, v01), lx));
    const weightOf = reshape(weights, [-1, g.levels.length, g.points]);
    const perShare = (slopes: Tensor, length: (level: Level) => number): Tensor =>
      mul(mul(slopes, weightOf), ofLevels(g, length, "float32"));
    const ofLocations = stack([perShare(alongX, ({ width }) => width), perShare(alongY, ({ height }) => height)], 3);
    return {
      value: reshape(slice(scattered, [0, 0], [table, g.channels]), value.shape),
      locations: reshape(ofLocations, locations.shape),
      weights: reshape(perSample(between(between(v00, v01, lx), between(v10, v11, lx), ly)), weights.shape),
    };
  },
};
