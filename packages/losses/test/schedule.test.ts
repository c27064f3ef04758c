import type { ScheduleOptions } from "@ddl/losses";
import { schedule } from "@ddl/losses";
import { expect, test } from "vitest";

const rounded = (kind: keyof ScheduleOptions, options: object | undefined, epochs: number[]): number[] => {
  const value = schedule(kind as "increase", options);
  return epochs.map((epoch) => Number(value(epoch).toFixed(6)));
};

test.each([
  ["constant", { value: 0.3 }, [0, 7], [0.3, 0.3]],
  ["linear", { from: 1, to: 0.2, epochs: 4 }, [0, 1, 3, 4, 9], [1, 0.8, 0.4, 0.2, 0.2]],
  ["cosine", { from: 0, to: 2, epochs: 4 }, [0, 1, 2, 3, 4, 9], [0, 0.292893, 1, 1.707107, 2, 2]],
  ["step", { from: 0.8, factor: 0.5, every: 3 }, [0, 2, 3, 5, 6], [0.8, 0.8, 0.4, 0.4, 0.2]],
  ["increase", undefined, [0, 1, 10, 200], [0.01, 0.02, 0.11, 2.01]],
  ["increase", { from: 0, by: 0.25, limit: 0.6 }, [0, 1, 2, 3], [0, 0.25, 0.5, 0.6]],
  ["rebalance", undefined, [0, 1, 97, 98, 99, 400], [0.01, 0.02, 0.98, 0.99, 0.99, 0.99]],
] as [keyof ScheduleOptions, object | undefined, number[], number[]][])("%s %o", (kind, options, epochs, expected) => {
  expect(rounded(kind, options, epochs)).toEqual(expected);
});

test("bad input is named", () => {
  expect(() => schedule("exponential" as "constant", { value: 1 })).toThrow(
    'schedule: kind must be one of "constant", "linear", "cosine", "step", "increase", "rebalance"; received "exponential".',
  );
  expect(() => schedule("linear", { from: 1, to: 0 } as never)).toThrow(
    "schedule: epochs must be an integer ≥ 1; received undefined.",
  );
  expect(() => schedule("constant", { value: Number.NaN })).toThrow(
    "schedule: value must be a finite number; received NaN.",
  );
  expect(() => schedule("step", { from: 1, factor: 0.5, every: 2, by: 1 } as never)).toThrow(
    'schedule: options must have only the keys from, factor, every; received "by".',
  );
  expect(() => schedule("rebalance", { limit: 0 })).toThrow(
    "schedule: limit must be a finite number ≥ 0.01; received 0.",
  );
  expect(() => schedule("increase")(-1)).toThrow("schedule: epoch must be an integer ≥ 0; received -1.");
});
