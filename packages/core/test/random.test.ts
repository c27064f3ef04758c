import { Random } from "@ddl/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("Random", () => {
  test("gives the same numbers for the same seed and others for another", () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (r) => () =>
            r.uniform()
        )(Random.fromSeed(seed)),
      );
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test("keeps its numbers across versions: seeds in old configurations must not change meaning", () => {
    const random = Random.fromSeed(42);
    expect([random.uniform(), random.uniform(), random.integer(1000), random.normal()]).toMatchInlineSnapshot(`
      [
        0.29361579756872025,
        0.995780462012041,
        719,
        -0.10006807262576443,
      ]
    `);
  });

  test("forks by name, whatever was drawn before", () => {
    const a = Random.fromSeed(3);
    const b = Random.fromSeed(3);
    b.uniform();
    expect(a.fork("noise").uniform()).toBe(b.fork("noise").uniform());
    expect(a.fork("noise").uniform()).not.toBe(a.fork("split").uniform());
    expect(a.fork("1").uniform()).not.toBe(a.fork(1).uniform());
    expect(Random.fromSeed("3").uniform()).not.toBe(Random.fromSeed(3).uniform());
  });

  test("goes on from a saved state as JSON", () => {
    const random = Random.fromSeed(5).fork("x");
    random.normal();
    const copy = Random.fromState(JSON.parse(JSON.stringify(random.state)));
    expect(copy.uniform()).toBe(random.uniform());
    expect(copy.fork("y").uniform()).toBe(random.fork("y").uniform());
  });

  test("has the moments of its distributions", () => {
    const random = Random.fromSeed(11);
    const n = 40_000;
    const mean = (f: () => number) => Array.from({ length: n }, f).reduce((sum, x) => sum + x, 0) / n;
    expect(mean(() => random.uniform(2, 5))).toBeCloseTo(3.5, 1);
    expect(mean(() => random.normal(3, 2))).toBeCloseTo(3, 1);
    expect(mean(() => (random.normal(3, 2) - 3) ** 2)).toBeCloseTo(4, 0);
    expect(mean(() => random.integer(6))).toBeCloseTo(2.5, 1);
    expect(mean(() => (random.boolean(0.2) ? 1 : 0))).toBeCloseTo(0.2, 1);
    expect(mean(() => random.weightedIndex([1, 0, 3]))).toBeCloseTo(1.5, 1);
  });

  test("fills arrays with numbers of its distributions", () => {
    const n = 40_001;
    const normal = Random.fromSeed(5).fillNormal(new Float64Array(n), 3, 2);
    const share = (from: number, to: number) => normal.filter((x) => x >= from && x < to).length / n;
    expect(share(1, 5)).toBeCloseTo(0.6827, 2);
    expect(share(-1, 1)).toBeCloseTo(0.1359, 2);
    expect(share(7, 100)).toBeCloseTo(0.0228, 2);
    const deviations = normal.map((x) => (x - 3) / 2);
    for (const lag of [1, 2]) {
      const products = deviations.slice(lag).map((x, k) => x * deviations[k]!);
      expect(products.reduce((a, b) => a + b) / n).toBeCloseTo(0, 1);
    }
    const uniform = Random.fromSeed(5).fillUniform(new Float32Array(n), -1, 3);
    for (const border of [-0.9, 0, 1, 2.9]) {
      expect(uniform.filter((x) => x < border).length / n).toBeCloseTo((border + 1) / 4, 2);
    }
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-1);
    expect(Random.fromSeed(5).fillNormal(new Float64Array(7), 3, 2)).toEqual(normal.slice(0, 7));
  });

  test("shuffles to a permutation and leaves its argument alone", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
        const before = [...items];
        const after = Random.fromSeed(seed).shuffle(items);
        expect(items).toEqual(before);
        expect([...after].sort()).toEqual([...before].sort());
      }),
    );
  });

  test("names a bad seed, bound or weight", () => {
    expect(() => Random.fromSeed(0.5)).toThrow("Random.fromSeed: seed must be an integer; received 0.5.");
    expect(() => Random.fromSeed("")).toThrow('Random.fromSeed: seed must be a non-empty string; received "".');
    expect(() => Random.fromSeed(1).integer(0)).toThrow(
      "Random.integer: below must be an integer ≥ 1 and ≤ 2147483648; received 0.",
    );
    expect(() => Random.fromSeed(1).weightedIndex([1, -1])).toThrow(
      "Random.weightedIndex: weights must be a finite number ≥ 0; received -1.",
    );
    expect(() => Random.fromSeed(1).weightedIndex([0, 0])).toThrow(
      "Random.weightedIndex: sum of weights must be a finite number > 0; received 0.",
    );
    expect(() => Random.fromState({ key: "1", state: [1, 2, 3] })).toThrow(
      "Random.fromState: saved must be the state of a Random: a key and four integers; received",
    );
  });
});
