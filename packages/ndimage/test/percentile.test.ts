import { Random } from "@ddl/core";
import { percentile } from "@ddl/ndimage";
import fc from "fast-check";
import ndarray from "ndarray";
import { expect, test } from "vitest";

/** The definition: sort everything. */
function bySorting(values: Float64Array, q: number): number {
  const sorted = values.slice().sort();
  const position = (q / 100) * (sorted.length - 1);
  const below = Math.floor(position);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  const share = position - below;
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

const shapes: Record<string, (random: Random) => number> = {
  "normal deviates": (random) => random.normal(),
  "few values": (random) => Math.floor(random.uniform() * 3) - 1,
  "an outlier": (random) => (random.uniform() < 1e-3 ? 1e12 : random.uniform()),
  "the whole range": (random) => (random.uniform() - 0.5) * 1.7e308 * 2,
  "no range": () => 5e-324,
};

test.each(Object.keys(shapes))("long arrays have the percentiles of sorting: %s", (name) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 100, noNaN: true }), (seed, q) => {
      const random = Random.fromSeed(seed);
      const values = Float64Array.from({ length: 6000 + (seed % 7) }, () => shapes[name]!(random));
      for (const each of [0, q, 100]) expect(percentile(ndarray(values), each)).toBe(bySorting(values, each));
    }),
    { numRuns: 12 },
  );
});
