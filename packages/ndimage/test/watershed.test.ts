import type { AnyArray } from "@ddl/core";
import { Random, zeros } from "@ddl/core";
import type { WatershedOptions } from "@ddl/ndimage";
import { watershed } from "@ddl/ndimage";
import type { GoldenArray } from "@ddl/testing";
import { goldenArray, layouts } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { neighbourSteps } from "../src/segmentation/watershed/neighbourOrder.js";
import golden from "./goldens/watershed.json" with { type: "json" };

interface Case {
  image: GoldenArray;
  markers: GoldenArray;
  mask: GoldenArray | null;
  connectivity: number;
  compactness: number;
  lines: boolean;
  labels: GoldenArray;
}

function expectCase({ image, markers, mask, connectivity, compactness, lines, labels }: Case): void {
  const options: WatershedOptions = { connectivity, compactness, lines };
  const expected = goldenArray(labels);
  const inputs = [image, markers, mask ?? markers].map((one) => layouts(goldenArray<Float64Array>(one)));
  for (let k = 0; k < 4; k++) {
    // Each input in another layout.
    const [a, b, c] = inputs.map((all, n) => all[(k + n) % 4]![1]) as [
      NdArray<AnyArray>,
      NdArray<AnyArray>,
      NdArray<AnyArray>,
    ];
    expect(watershed(a, b, mask === null ? options : { ...options, mask: c })).toEqualArray(expected);
  }
}

describe("equal to scikit-image", () => {
  test.each(golden.replayed)("in its own test $name", (one) => expectCase(one as Case));
  test.each(golden.ties)(
    "where pixels are tied: $image.shape, connectivity $connectivity, compactness $compactness, lines $lines",
    (one) => expectCase(one as Case),
  );

  test.each(golden.orders)("visits neighbours in its order: strides $strides, connectivity $connectivity", (one) => {
    expect([...neighbourSteps(one.strides, one.connectivity)]).toEqual(one.steps);
  });

  test("floods the levels of the plain case of the compact watershed: only the marker's own row stays", () => {
    const image = zeros(Float64Array, [5, 6]);
    for (let r = 0; r < 5; r++) for (let c = 3; c < 6; c++) image.set(r, c, 1);
    const markers = zeros(Int32Array, [5, 6]);
    markers.set(2, 0, 1);
    markers.set(2, 3, 2);
    const rows = (array: NdArray<Int32Array>) =>
      [0, 1, 2, 3, 4].map((r) => [...array.data.slice(6 * r, 6 * r + 6)].join(""));
    expect(rows(watershed(image, markers))).toEqual(["111111", "111111", "111222", "111111", "111111"]);
    expect(rows(watershed(image, markers, { compactness: 0.01 }))).toEqual(new Array(5).fill("111222"));
  });
});

/** A random image of several levels or of distinct values, with markers. */
const scenes = fc
  .record({
    shape: fc.constantFrom<number[]>([17], [6, 9], [3, 4, 7]),
    seed: fc.integer({ min: 1, max: 1e6 }),
    levels: fc.constantFrom(2, 5, 1e6),
  })
  .map(({ shape, seed, levels }) => {
    const random = Random.fromSeed(seed);
    const image = zeros(Float64Array, shape);
    const markers = zeros(Int32Array, shape);
    for (let i = 0; i < image.data.length; i++) {
      image.data[i] = Math.floor(random.uniform() * levels);
      markers.data[i] = random.uniform() < 0.15 ? 1 + Math.floor(random.uniform() * 3) : 0;
    }
    markers.data[0] = 4;
    return { image, markers };
  });

describe("whatever the image", () => {
  test("markers stay, everything gets a label that a neighbour has, and an increasing map of values changes nothing", () => {
    fc.assert(
      fc.property(scenes, ({ image, markers }) => {
        const labels = watershed(image, markers);
        const given = new Set(markers.data);
        for (let i = 0; i < labels.data.length; i++) {
          if (markers.data[i] !== 0) expect(labels.data[i]).toBe(markers.data[i]);
          expect(labels.data[i]).not.toBe(0);
          expect(given.has(labels.data[i]!)).toBe(true);
        }
        // Cubes crowd into few of the buckets by which values are ranked.
        const cubes = ndarray(
          image.data.map((value) => value ** 3 - 5),
          image.shape,
        );
        expect(watershed(cubes, markers)).toEqualArray(labels);
      }),
    );
  });

  test("of values of wildly unlike size, and of a large plateau", () => {
    const random = Random.fromSeed(3);
    const wild = Float64Array.from({ length: 400 }, () => 10 ** (600 * random.uniform() - 300));
    const order = [...wild.keys()].sort((a, b) => wild[a]! - wild[b]!);
    const ranks = new Float64Array(400);
    for (const [k, at] of order.entries()) ranks[at] = k;
    const markers = zeros(Int32Array, [16, 25]);
    markers.set(2, 3, 1);
    markers.set(12, 20, 2);
    expect(watershed(ndarray(wild, [16, 25]), markers)).toEqualArray(watershed(ndarray(ranks, [16, 25]), markers));
    const plateau = watershed(
      zeros(Float64Array, [300, 400]),
      ndarray(
        Int32Array.from({ length: 120000 }, (_, i) => (i === 0 ? 1 : i === 119999 ? 2 : 0)),
        [300, 400],
      ),
    );
    const first = plateau.data.reduce((sum, value) => sum + (value === 1 ? 1 : 0), 0);
    expect(Math.abs(first - 60000)).toBeLessThanOrEqual(400);
  });
});

describe("stops and tells", () => {
  const image = zeros(Float32Array, [300, 400]);
  const markers = zeros(Int32Array, [300, 400]);
  markers.set(0, 0, 1);

  test("how far it is", () => {
    const seen: [number, number][] = [];
    watershed(image, markers, { onProgress: ({ taken, pixels }) => seen.push([taken, pixels]) });
    expect(seen).toEqual([[65536, 120000]]);
  });

  test("with the signal's reason, at once or on the way", () => {
    expect(() => watershed(image, markers, { signal: AbortSignal.abort(new Error("early")) })).toThrow("early");
    for (const compactness of [0, 0.5]) {
      const stop = new AbortController();
      const onProgress = () => stop.abort(new Error("late"));
      const twice = { compactness, lines: true, onProgress, signal: stop.signal };
      const large = ndarray(new Float32Array(160000), [400, 400]);
      const seeds = zeros(Int32Array, [400, 400]);
      seeds.set(0, 0, 1);
      expect(() => watershed(large, seeds, twice)).toThrow("late");
    }
  });
});

describe("bad input", () => {
  const image = ndarray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  const markers = ndarray(Int32Array.of(1, 0, 0, 0, 0, 2), [2, 3]);
  const withValue = (value: number) => ndarray(Float64Array.of(1, 2, 3, value, 5, 6), [2, 3]) as NdArray<AnyArray>;
  test.each([
    [
      () => watershed(withValue(Number.NaN), markers),
      "watershed: image must contain only finite numbers; received NaN. The first other value is at index [1, 0].",
    ],
    [
      () => watershed(withValue(Number.NEGATIVE_INFINITY), markers),
      "watershed: image must contain only finite numbers; received -Infinity. The first other value is at index [1, 0].",
    ],
    [
      () => watershed(zeros(Float64Array, [0, 3]), markers),
      "watershed: image must have at least one element; received [0, 3].",
    ],
    [() => watershed(image, zeros(Int32Array, [3, 2])), "watershed: markers must have shape [2, 3]; received [3, 2]."],
    [
      () => watershed(image, zeros(Int32Array, [2, 3])),
      "watershed: markers must have a value other than 0; received 0.",
    ],
    [
      () => watershed(image, markers, { mask: zeros(Uint8Array, [2, 3]) }),
      "watershed: markers must have a value other than 0 inside mask; received 0.",
    ],
    [
      () => watershed(image, withValue(1.5)),
      "watershed: markers must contain only whole numbers of 32 bits; received 1.5.",
    ],
    [
      () => watershed(image, markers, { mask: zeros(Uint8Array, [2, 2]) }),
      "watershed: mask must have shape [2, 3]; received [2, 2].",
    ],
    [
      () => watershed(image, markers, { compactness: -1 }),
      "watershed: compactness must be a finite number ≥ 0; received -1.",
    ],
    [
      () => watershed(image, markers, { connectivity: 3 }),
      "watershed: connectivity must be an integer ≥ 1 and ≤ 2; received 3.",
    ],
    [() => watershed(image, markers, { lines: 1 as never }), "watershed: lines must be true or false; received 1."],
    [
      () => watershed(image, markers, { watershedLine: true } as object),
      'watershed: options must have only the keys connectivity, compactness, mask, lines, signal, onProgress; received "watershedLine".',
    ],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
