import { describe, expect, test } from "vitest";
import { canonical, enumerateCells } from "../src/cells.js";
import { parseConfig } from "../src/config/load.js";
import type { StudyConfig } from "../src/config/schema.js";

const inputs = { data: "data-1", code: "code-1" };

function study(change: object = {}): StudyConfig {
  const config = {
    name: "mine",
    dataset: { kind: "phantom", patients: 9 },
    split: { kind: "folds", folds: 3 },
    methods: [{ name: "threshold" }, { name: "unet", epochs: 3 }],
    seeds: [4, 5],
    ...change,
  };
  return parseConfig(JSON.stringify(config), "mine.json");
}

describe("the cells of a study", () => {
  test("are one a fold for a classical method, one a loss, seed and fold for a network", () => {
    const cells = enumerateCells(study(), inputs);
    expect(cells.filter(({ method }) => method.name === "threshold")).toHaveLength(3);
    expect(cells.filter(({ method }) => method.name === "unet")).toHaveLength(2 * 2 * 3);
    expect(new Set(cells.map(({ key }) => key)).size).toBe(15);
    expect(cells[0]).toMatchObject({ label: "Threshold", loss: null, seed: null, fold: 0 });
    expect(cells.at(-1)).toMatchObject({ label: "U-Net · Dice", loss: "dice", seed: 5, fold: 2 });
    expect(cells.at(-1)!.folder).toMatch(/^unet-dice-s5-f2-[0-9a-f]{16}$/);
  });

  test("get another key when data, code or what they compute changes, and keep it otherwise", () => {
    const keys = (config: StudyConfig, from = inputs): string[] => enumerateCells(config, from).map(({ key }) => key);
    const base = keys(study());
    expect(keys(study({ name: "yours", title: "x", metrics: ["iou"] }))).toEqual(base);
    expect(keys(study({ methods: [{ name: "threshold" }, { epochs: 3, name: "unet", workers: 0 }] }))).toEqual(base);
    for (const other of [
      keys(study(), { ...inputs, data: "data-2" }),
      keys(study(), { ...inputs, code: "code-2" }),
      keys(study({ preprocessing: { size: 64 } })),
      keys(study({ split: { kind: "folds", folds: 3, seed: 2 } })),
    ]) {
      expect(other.filter((key) => base.includes(key))).toEqual([]);
    }
    const longer = keys(study({ methods: [{ name: "threshold" }, { name: "unet", epochs: 4 }] }));
    expect(longer.slice(0, 3)).toEqual(base.slice(0, 3));
    expect(longer.slice(3).filter((key) => base.includes(key))).toEqual([]);
  });

  test("number a method that is listed with several settings", () => {
    const labels = enumerateCells(
      study({
        methods: [
          { name: "chan-vese", mu: 0.1 },
          { name: "chan-vese", mu: 0.2 },
        ],
      }),
      inputs,
    );
    expect([...new Set(labels.map(({ label }) => label))]).toEqual(["Chan–Vese 1", "Chan–Vese 2"]);
  });
});

test("canonical JSON does not depend on the order of keys", () => {
  expect(canonical({ b: 1, a: [{ d: 2, c: undefined }] })).toBe(canonical({ a: [{ d: 2 }], b: 1 }));
});
