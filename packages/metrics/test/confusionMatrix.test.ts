import { confusionMatrix } from "@ddl/metrics";
import { describe, expect, test } from "vitest";

// More than the 131,072 elements from which the fast way is taken, and no multiple of four or of its blocks.
const length = 150_001;
const storages = {
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
};

/** Labels and the counts that the seconds of a plain object give: one `Map` entry a pair of labels. */
function labels(classes: number, storage: new (n: number) => InstanceType<typeof Uint8Array | typeof Float64Array>) {
  const reference = new storage(length);
  const prediction = new storage(length);
  let state = 12345;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pairs = new Map<string, number>();
  for (let i = 0; i < length; i++) {
    const r = Math.min(next(classes), next(classes));
    const p = next(4) === 0 ? next(classes) : r;
    reference[i] = r;
    prediction[i] = p;
    pairs.set(`${r},${p}`, (pairs.get(`${r},${p}`) ?? 0) + 1);
  }
  const counts = Array.from(
    { length: classes ** 2 },
    (_, k) => pairs.get(`${Math.floor(k / classes)},${k % classes}`) ?? 0,
  );
  return { reference, prediction, counts };
}

describe.each(Object.entries(storages))("of many elements in %s", (_name, storage) => {
  const kind = storage as typeof Uint8Array;

  test.each([2, 3, 15, 16, 40])("%d classes", (classes) => {
    const { reference, prediction, counts } = labels(classes, kind);
    expect([...confusionMatrix(reference, prediction, { classes }).counts]).toEqual(counts);
  });

  test("masks, in which any value but 0 is inside", () => {
    const { reference, prediction, counts } = labels(2, kind);
    reference.forEach((value, i) => {
      if (value === 1) reference[i] = [1, 7, 100][i % 3]!;
    });
    expect([...confusionMatrix(reference, prediction).counts]).toEqual(counts);
  });

  test.each([0, 2, 77])("without label %d of the reference", (ignoreIndex) => {
    const { reference, prediction, counts } = labels(4, kind);
    const expected = counts.slice();
    if (ignoreIndex === 77) {
      for (let i = 0; i < length; i += 5) {
        expected[reference[i]! * 4 + prediction[i]!]!--;
        reference[i] = 77;
        prediction[i] = 99;
      }
    } else expected.fill(0, ignoreIndex * 4, ignoreIndex * 4 + 4);
    expect([...confusionMatrix(reference, prediction, { classes: 4, ignoreIndex }).counts]).toEqual(expected);
  });

  test("weights count twice, half and not at all", () => {
    const { reference, prediction, counts } = labels(3, kind);
    const weights = new Float32Array(length).fill(0.5);
    const { counts: weighted } = confusionMatrix(reference, prediction, { classes: 3, weights });
    expect([...weighted].map((count) => 2 * count)).toEqual(counts);
  });

  test.each([4, 16, 100])("names the first label out of range, %d", (wrong) => {
    const { reference, prediction } = labels(4, kind);
    prediction[140_003] = wrong;
    const call = () => confusionMatrix(reference, prediction, { classes: 4 });
    expect(call).toThrow(
      `confusionMatrix: prediction must hold labels 0 … 3; received ${wrong}. This is element 140003.`,
    );
    reference[5] = wrong;
    expect(call).toThrow(`confusionMatrix: reference must hold labels 0 … 3; received ${wrong}. This is element 5.`);
  });
});

describe("values that a byte cannot hold", () => {
  test.each([
    [Int32Array, -1],
    [Int16Array, 256],
    [Int8Array, -128],
    [Uint32Array, 2 ** 32 - 1],
    [Float64Array, 0.5],
    [Float32Array, -2],
    [Float64Array, Number.POSITIVE_INFINITY],
  ] as const)("%s %d is no label, but inside a mask", (storage, value) => {
    const { reference, prediction, counts } = labels(2, storage as unknown as typeof Float64Array);
    const at = reference.indexOf(1);
    reference[at] = value;
    expect([...confusionMatrix(reference, prediction).counts]).toEqual(counts);
    expect(() => confusionMatrix(reference, prediction, { classes: 2 })).toThrow(
      `confusionMatrix: reference must hold labels 0 … 1; received ${value}. This is element ${at}.`,
    );
  });

  test("are not taken for the label to ignore", () => {
    const { reference, prediction } = labels(3, Int32Array as unknown as typeof Float64Array);
    reference[9] = 300;
    expect(() => confusionMatrix(reference, prediction, { classes: 3, ignoreIndex: 255 })).toThrow(
      "confusionMatrix: reference must hold labels 0 … 2; received 300. This is element 9.",
    );
    reference[9] = -1;
    const { counts } = confusionMatrix(reference, prediction, { classes: 3, ignoreIndex: -1 });
    expect(counts.reduce((a, b) => a + b)).toBe(length - 1);
  });
});

describe("bad input is named", () => {
  const a = Uint8Array.of(0, 1, 2);
  test.each([
    [() => confusionMatrix(a, a, { classes: 1 }), "confusionMatrix: classes must be an integer ≥ 2; received 1."],
    [
      () => confusionMatrix(a, a, { ignoreIndex: 0.5 }),
      "confusionMatrix: ignoreIndex must be an integer; received 0.5.",
    ],
    [
      () => confusionMatrix(a, a, { weights: [1, 2] }),
      "confusionMatrix: weights must have the shape of reference, [3]; received [2].",
    ],
    [
      () => confusionMatrix(a, a, { weights: [1, 2, -0.5] }),
      "confusionMatrix: weights must hold finite numbers ≥ 0; received -0.5. This is element 2.",
    ],
    [
      () => confusionMatrix(a, a, { weights: [1, Number.POSITIVE_INFINITY, 3] }),
      "confusionMatrix: weights must hold finite numbers ≥ 0; received Infinity. This is element 1.",
    ],
    [
      () => confusionMatrix(a, Uint8Array.of(0, 255, 2), { classes: 3, ignoreIndex: 255 }),
      "confusionMatrix: prediction must hold labels 0 … 2; received 255. This is element 1.",
    ],
    [
      () => confusionMatrix(a, a, { labels: 3 } as object),
      'confusionMatrix: options must have only the keys classes, ignoreIndex, weights; received "labels".',
    ],
  ])("%#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
