import { conventions, reduceScores } from "@ddl/metrics";
import { describe, expect, test } from "vitest";

const { NaN: nan } = Number;
const table = [
  [0.9, nan, 0.7],
  [0.8, 0.6, nan],
  [nan, nan, nan],
];
const monai = conventions.monai.reduceScores;

describe("MONAI's reductions", () => {
  test.each([
    ["mean", monai, [0.75]],
    ["mean_batch", { ...monai, order: ["case"] }, [0.85, 0.6, 0.7]],
    ["mean_channel", { ...monai, order: ["class"] }, [0.8, 0.7, 0]],
    ["sum", { ...monai, statistic: "sum" }, [3]],
    ["flat nan-mean", { ...monai, order: "flat" }, [0.75]],
    ["cases first, then classes", { ...monai, order: ["case", "class"] }, [0.716667]],
  ] as const)("%s", (_name, options, expected) => {
    const { values } = reduceScores(table, options);
    expect(values).toHaveLength(expected.length);
    for (const [k, value] of expected.entries()) expect(values[k]).toBeCloseTo(value, 6);
  });

  test("give 0 for a batch of NaN only, where ours is undefined", () => {
    expect(reduceScores([[nan, nan]], monai).values).toEqual([0]);
    expect(reduceScores([[nan, nan]]).values).toEqual([nan]);
  });
});

test("says how many undefined scores each step met", () => {
  expect(reduceScores(table).steps).toEqual([
    { over: "class", undefinedScores: 5 },
    { over: "case", undefinedScores: 1 },
  ]);
  expect(reduceScores(table, { order: ["case", "class"] }).steps).toEqual([
    { over: "case", undefinedScores: 5 },
    { over: "class", undefinedScores: 0 },
  ]);
  expect(reduceScores(table, { order: "flat" }).steps).toEqual([{ over: "flat", undefinedScores: 5 }]);
});

test("an undefined score can make the whole undefined; an infinite one stays", () => {
  expect(reduceScores(table, { order: ["class"], undefinedScores: "nan" }).values).toEqual([nan, nan, nan]);
  expect(
    reduceScores(
      [
        [1, 2, 6],
        [1, nan, 1],
      ],
      { order: ["class"], undefinedScores: "nan" },
    ).values,
  ).toEqual([3, nan]);
  expect(reduceScores([[1, Number.POSITIVE_INFINITY]]).values).toEqual([Number.POSITIVE_INFINITY]);
});

describe("bad input is named", () => {
  test.each([
    [
      () => reduceScores([]),
      "reduceScores: scores must be rows of one length, at least one row and one column; received [].",
    ],
    [
      () => reduceScores([[1, 2], [3]]),
      "reduceScores: scores must be rows of one length, at least one row and one column; received [[1, 2], [3]].",
    ],
    [
      () => reduceScores(table, { order: ["class", "class"] }),
      'reduceScores: order must be "flat" or list "class", "case" or both in order; received ["class", "class"].',
    ],
    [
      () => reduceScores(table, { order: [] }),
      'reduceScores: order must be "flat" or list "class", "case" or both in order; received [].',
    ],
    [
      () => reduceScores(table, { order: ["flat"] as never }),
      'reduceScores: order must be "flat" or list "class", "case" or both in order; received ["flat"].',
    ],
    [
      () => reduceScores(table, { statistic: "median" as "mean" }),
      'reduceScores: statistic must be one of "mean", "sum"; received "median".',
    ],
    [
      () => reduceScores([[nan]], { allUndefined: "error" }),
      'reduceScores: no score is defined, and allUndefined says "error".',
    ],
  ])("%#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
