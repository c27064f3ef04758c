import type { AnyArray } from "@ddl/core";
import { Random, zeros } from "@ddl/core";
import type { RandomWalkerOptions } from "@ddl/ndimage";
import { randomWalker } from "@ddl/ndimage";
import { goldenArray, layouts } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/randomWalker.json" with { type: "json" };

describe("equal to scikit-image's cg_j", () => {
  test.each(golden.cases)("$name", ({ data, labels, options, result, probabilities }) => {
    const images = layouts(goldenArray<Float64Array>(data));
    const seeds = layouts(goldenArray<Int32Array>(labels));
    for (let k = 0; k < 4; k++) {
      const found = randomWalker(images[k]![1], seeds[(k + 1) % 4]![1], {
        ...(options as RandomWalkerOptions),
        preconditioner: "jacobi",
        returnProbability: true,
      });
      expect(found.labels).toEqualArray(goldenArray(result));
      expect(found.probabilities).toBeCloseToArray(goldenArray(probabilities), { absolute: 1e-9 });
      expect(found.converged).toBe(true);
    }
  });

  test.each(golden.cases)("by multigrid the same labels, and the same solution as a tight Jacobi: $name", (one) => {
    const data = goldenArray(one.data);
    const labels = goldenArray(one.labels);
    const options = { ...(one.options as RandomWalkerOptions), tolerance: 1e-10, returnProbability: true };
    const exact = randomWalker(data, labels, { ...options, preconditioner: "jacobi" });
    const quick = randomWalker(data, labels, options);
    expect(quick.converged).toBe(true);
    expect(quick.probabilities).toBeCloseToArray(exact.probabilities!, { absolute: 1e-7 });
    expect(quick.labels).toEqualArray(exact.labels);
  });

  test("of the 3 × 3 image on which a matrix was once too small", () => {
    const { data, labels, result } = golden.laplacianSize;
    expect(randomWalker(goldenArray(data), goldenArray(labels), { beta: 10 }).labels).toEqualArray(goldenArray(result));
  });
});

/** A bright block in noise with a seed in each, as the synthetic data of scikit-image's tests. */
function scene(shape: number[], seed: number): { data: NdArray<Float64Array>; labels: NdArray<Int32Array> } {
  const random = Random.fromSeed(seed);
  const data = zeros(Float64Array, shape);
  const labels = zeros(Int32Array, shape);
  for (let i = 0; i < data.data.length; i++) {
    let bright = true;
    for (let k = shape.length - 1, rest = i; k >= 0; k--) {
      const at = rest % shape[k]!;
      bright &&= at >= shape[k]! / 4 && at < (3 * shape[k]!) / 4;
      rest = Math.floor(rest / shape[k]!);
    }
    data.data[i] = (bright ? 1 : 0) + 0.1 * random.normal();
  }
  labels.set(...(shape.map(() => 0) as [number, number]), 1);
  labels.set(...(shape.map((n) => n >> 1) as [number, number]), 2);
  return { data, labels };
}

describe("whatever the image", () => {
  test("probabilities of all labels add up to 1, and the greatest one names the label", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<number[]>([7, 11], [1, 9], [4, 5, 6], [13, 1]),
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom<"jacobi" | "multigrid">("jacobi", "multigrid"),
        (shape, seed, preconditioner) => {
          const { data, labels } = scene(shape, seed);
          labels.data[labels.data.length - 1] = 9;
          // With the default of 130 a row of pixels may be so ill-conditioned that a small residual says little about the solution.
          const options = { returnProbability: true, tolerance: 1e-9, beta: 20, preconditioner };
          const { labels: found, probabilities, values, converged } = randomWalker(data, labels, options);
          expect(converged).toBe(true);
          expect(values).toEqual([1, 2, 9]);
          const count = data.data.length;
          for (let i = 0; i < count; i++) {
            const each = [0, 1, 2].map((k) => probabilities!.data[k * count + i]!);
            expect(each[0]! + each[1]! + each[2]!).toBeCloseTo(1, 5);
            expect(found.data[i]).toBe(1 + each.indexOf(Math.max(...each)));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test("in one dimension the probability is the resistance to the other seed, by hand", () => {
    // Between the seeds edges of weight w₁ … w₅: the probability of the left one is the resistance to the right over the whole.
    const values = [0, 0.3, 0.1, 0.5, 0.6, 1];
    const mean = values.reduce((a, b) => a + b) / 6;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 6);
    const resistance = values
      .slice(1)
      .map((v, i) => 1 / (Math.exp((-20 / (10 * deviation)) * (v - values[i]!) ** 2) + 1e-10));
    const total = resistance.reduce((a, b) => a + b);
    for (const preconditioner of ["jacobi", "multigrid"] as const) {
      const { probabilities } = randomWalker(
        ndarray(Float64Array.from(values), [1, 6]),
        ndarray(Int32Array.of(1, 0, 0, 0, 0, 2), [1, 6]),
        { beta: 20, tolerance: 1e-12, returnProbability: true, preconditioner },
      );
      for (let i = 0; i < 6; i++) {
        const right = resistance.slice(i).reduce((a, b) => a + b, 0);
        expect(probabilities!.data[i]).toBeCloseTo(right / total, 9);
      }
    }
  });

  test("two like channels give what one gives, and multigrid needs few iterations", () => {
    const { data, labels } = scene([33, 50], 5);
    const twice = zeros(Float64Array, [33, 2, 50]);
    for (let r = 0; r < 33; r++)
      for (let c = 0; c < 50; c++) for (const k of [0, 1]) twice.set(r, k, c, data.get(r, c));
    // The sum over two channels doubles d², and the root of two takes part of that back.
    const options = { tolerance: 1e-10, returnProbability: true, preconditioner: "jacobi" } as const;
    const one = randomWalker(data, labels, { ...options, beta: 130 * Math.SQRT2 });
    const two = randomWalker(twice, labels, { ...options, channelAxis: 1 });
    expect(two.probabilities).toBeCloseToArray(one.probabilities!, { absolute: 1e-6 });
    expect(Math.min(...one.iterations)).toBeGreaterThan(100);
    const quick = randomWalker(data, labels);
    expect(Math.max(...quick.iterations)).toBeLessThan(25);
    for (let r = 10; r < 24; r++) for (let c = 15; c < 36; c++) expect(quick.labels.get(r, c)).toBe(2);
  });
});

describe("multigrid", () => {
  test.each([[[10, 13, 16]], [[20, 31]], [[80, 125]]])(
    "needs less than a quarter of the iterations where steep edges cut blocks: %j",
    (shape) => {
      const { data, labels } = scene(shape, 6);
      const options = { tolerance: 1e-6, beta: 40 };
      const plain = randomWalker(data, labels, { ...options, preconditioner: "jacobi" }).iterations;
      const quick = randomWalker(data, labels, options).iterations;
      expect(Math.max(...quick)).toBeLessThan(Math.max(...plain) / 4);
    },
  );
});

describe("where scikit-image goes wrong", () => {
  test("a seed walled in by negative labels keeps its label and changes nothing else", () => {
    const random = Random.fromSeed(4);
    const data = zeros(Float64Array, [6, 7]);
    for (let i = 0; i < data.data.length; i++) data.data[i] = random.uniform();
    const without = ndarray(new Int32Array(42).fill(-1), [6, 7]) as NdArray<Int32Array>;
    for (let r = 2; r < 6; r++) for (let c = 3; c < 7; c++) without.set(r, c, 0);
    without.set(3, 4, 2);
    without.set(5, 6, 1);
    const walledIn = ndarray(without.data.slice(), [6, 7]) as NdArray<Int32Array>;
    walledIn.set(1, 1, 1);
    const options = { returnProbability: true, tolerance: 1e-9 };
    const a = randomWalker(data, without, options);
    const b = randomWalker(data, walledIn, options);
    expect(b.labels.get(1, 1)).toBe(1);
    expect([b.probabilities!.get(0, 1, 1), b.probabilities!.get(1, 1, 1)]).toEqual([1, 0]);
    b.labels.set(1, 1, -1);
    b.probabilities!.set(0, 1, 1, 0);
    expect(b.labels).toEqualArray(a.labels);
    expect(b.probabilities).toEqualArray(a.probabilities!);
  });

  test("an unlabelled pixel that no seed reaches is 0, be it one of many or all of them", () => {
    const data = ndarray(Float64Array.of(1, 2, 3, 4, 5, 9, 7, 8), [2, 4]);
    const some = ndarray(Int32Array.of(1, 0, -1, 0, 0, 0, -1, 0), [2, 4]);
    expect([...randomWalker(data, some).labels.data]).toEqual([1, 1, -1, 0, 1, 1, -1, 0]);
    const all = ndarray(Int32Array.of(4, 4, -3, 0, 4, 4, -2, 0), [2, 4]);
    const { labels, probabilities, iterations } = randomWalker(data, all, { returnProbability: true });
    expect([...labels.data]).toEqual([1, 1, -2, 0, 1, 1, -1, 0]);
    expect([...probabilities!.data]).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
    expect(iterations).toEqual([0]);
  });

  test("constant data counts distance alone", () => {
    const labels = ndarray(Int32Array.of(1, 0, 0, 0, 2), [1, 5]);
    const { probabilities } = randomWalker(zeros(Float64Array, [1, 5]), labels, {
      tolerance: 1e-12,
      returnProbability: true,
    });
    for (let i = 0; i < 5; i++) expect(probabilities!.data[i]).toBeCloseTo(1 - i / 4, 12);
  });

  test("labels come back as they are if none is 0", () => {
    const labels = ndarray(Int32Array.of(3, 1, 3, -4, 1, 1), [2, 3]);
    const found = randomWalker(zeros(Float64Array, [2, 3]), labels, { returnProbability: true });
    expect(found.labels).toEqualArray(labels);
    expect(found.values).toEqual([1, 3]);
    expect([...found.probabilities!.data]).toEqual([0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0]);
  });
});

describe("stops and tells", () => {
  const { data, labels } = scene([9, 12], 8);

  test("each iteration of each label, down to the tolerance", () => {
    const seen: [number, number, number, number][] = [];
    const { iterations } = randomWalker(data, labels, {
      onProgress: ({ label, labels: all, iteration, residual }) => seen.push([label, all, iteration, residual]),
    });
    expect(seen.filter(([label]) => label === 1)).toHaveLength(iterations[0]!);
    expect(seen.filter(([label]) => label === 2)).toHaveLength(iterations[1]!);
    expect(seen.at(-1)!.slice(0, 3)).toEqual([2, 2, iterations[1]]);
    expect(seen.at(-1)![3]).toBeLessThanOrEqual(1e-3);
    expect(seen.at(-2)![3]).toBeGreaterThan(1e-3);
  });

  test("with the signal's reason, at once or on the way", () => {
    expect(() => randomWalker(data, labels, { signal: AbortSignal.abort(new Error("early")) })).toThrow("early");
    const stop = new AbortController();
    let calls = 0;
    const onProgress = () => {
      if (++calls === 3) stop.abort(new Error("late"));
    };
    expect(() => randomWalker(data, labels, { onProgress, signal: stop.signal })).toThrow("late");
    expect(calls).toBe(3);
  });
});

describe("bad input", () => {
  const data = ndarray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  const labels = ndarray(Int32Array.of(1, 0, 0, 0, 0, 2), [2, 3]);
  const withValue = (value: number) => ndarray(Float64Array.of(1, 2, 3, value, 5, 6), [2, 3]) as NdArray<AnyArray>;
  test.each([
    [
      () => randomWalker(withValue(Number.NaN), labels),
      "randomWalker: data must contain only finite numbers; received NaN. The first other value is at index [1, 0].",
    ],
    [
      () => randomWalker(zeros(Float64Array, [10]), labels),
      "randomWalker: data must have 2 or 3 dimensions; received [10].",
    ],
    [
      () => randomWalker(zeros(Float64Array, [3, 3, 3, 3, 3]), labels, { channelAxis: -1 }),
      "randomWalker: data must have 3 or 4 dimensions; received [3, 3, 3, 3, 3].",
    ],
    [
      () => randomWalker(zeros(Float64Array, [2, 0]), labels),
      "randomWalker: data must have at least one element; received [2, 0].",
    ],
    [
      () => randomWalker(zeros(Float64Array, [2, 3, 2]), zeros(Int32Array, [2, 2]), { channelAxis: 0 }),
      "randomWalker: labels must have shape [3, 2]; received [2, 2].",
    ],
    [() => randomWalker(data, zeros(Int32Array, [2, 3])), "randomWalker: labels must have a value > 0; received 0."],
    [
      () => randomWalker(data, withValue(0.5)),
      "randomWalker: labels must contain only whole numbers of 32 bits; received 0.5.",
    ],
    [
      () => randomWalker(data, labels, { spacing: [1] }),
      "randomWalker: spacing must have 2 entries, one an axis; received [1].",
    ],
    [() => randomWalker(data, labels, { beta: -1 }), "randomWalker: beta must be a finite number ≥ 0; received -1."],
    [
      () => randomWalker(data, labels, { tolerance: 0 }),
      "randomWalker: tolerance must be a finite number > 0; received 0.",
    ],
    [
      () => randomWalker(zeros(Float64Array, [2, 3, 2]), labels, { channelAxis: 3 }),
      "randomWalker: channelAxis must be an integer ≥ -3 and ≤ 2; received 3.",
    ],
    [
      () => randomWalker(data, labels, { preconditioner: "bad" as never }),
      'randomWalker: preconditioner must be one of "jacobi", "multigrid"; received "bad".',
    ],
    [
      () => randomWalker(data, labels, { returnProbability: 1 as never }),
      "randomWalker: returnProbability must be true or false; received 1.",
    ],
    [
      () => randomWalker(data, labels, { tol: 1 } as object),
      'randomWalker: options must have only the keys beta, tolerance, spacing, channelAxis, returnProbability, preconditioner, signal, onProgress; received "tol".',
    ],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
