import { describe, expect, test } from "vitest";
import { loadConfig, parseConfig, presetNames } from "../src/config/load.js";

const minimal = {
  name: "mine",
  dataset: { kind: "phantom" },
  split: { kind: "holdout" },
  methods: [{ name: "threshold" }, { name: "unet", epochs: 3 }],
};

const parse = (change: object): ReturnType<typeof parseConfig> =>
  parseConfig(JSON.stringify({ ...minimal, ...change }), "mine.json");

describe("a study's file", () => {
  test("gets its defaults filled in", () => {
    const study = parse({});
    expect(study.dataset).toEqual({ kind: "phantom", patients: 24, seed: 1, size: 128 });
    expect(study.split).toEqual({ kind: "holdout", validation: 0.15, test: 0.25, seed: 1, stratify: true });
    expect(study.losses).toEqual(["bce", "dice"]);
    expect(study.metrics).toEqual(["dice", "iou", "precision", "recall", "nsd", "hd95", "assd"]);
    expect(study.methods[1]).toMatchObject({
      depth: 4,
      baseFilters: 16,
      augmentation: { scale: 0.05, rotation: 15, flip: 0.5 },
      schedule: "constant",
    });
  });

  test.each([
    [
      { sedes: [1] },
      "mine.json sedes must be one of the known keys name, title, dataset, preprocessing, split, methods, losses, seeds, metrics.",
    ],
    [{ seeds: [1, 1.5] }, "mine.json seeds.1 must be an integer; received 1.5."],
    [{ seeds: [3, 3] }, "mine.json seeds must not repeat an entry; received 3 twice."],
    [{ seeds: [] }, "mine.json seeds must be >=1; received []."],
    [{ dataset: { kind: "kaggle" } }, 'mine.json dataset.kind must be ("phantom" | "lgg"); received "kaggle".'],
    [{ dataset: { kind: "lgg" } }, "mine.json dataset.root must be given."],
    [{ methods: [{ name: "chan-vese", dt: 0 }] }, "mine.json methods.0.dt must be >0; received 0."],
    [
      { methods: [{ name: "threshold", mu: 0.2 }] },
      "mine.json methods.0.mu must be one of the known keys name, largestComponent.",
    ],
    [
      { losses: ["hinge"] },
      'mine.json losses.0 must be ("bce" | "dice" | "dice-bce" | "focal" | "tversky" | "focal-tversky" | "lovasz" | "active-contour"); received "hinge".',
    ],
    [{ name: "../up" }, 'mine.json name must be letters, digits, dots, dashes or underscores; received "../up".'],
    [
      { split: { kind: "holdout", validation: 0.5, test: 0.5 } },
      "mine.json split.validation + split.test must be less than 1; received 1.",
    ],
    [
      { seeds: "1", metrics: ["auc"] },
      'mine.json has 2 faults:\n  seeds must be Array; received "1".\n  metrics.0 must be ("dice" | "iou" | "precision" | "recall" | "nsd" | "hd95" | "assd"); received "auc".',
    ],
  ])("names path, expectation and value: %j", (change, message) => {
    expect(() => parse(change)).toThrow(expect.objectContaining({ message: `ddl-study: ${message}`, code: "data" }));
  });

  test("must be JSON", () => {
    expect(() => parseConfig("{ name: 1 }", "mine.json")).toThrow(/^ddl-study: mine\.json must be JSON: /);
  });
});

describe("loadConfig", () => {
  test("reads every preset", async () => {
    const names = await presetNames();
    expect(names).toEqual(expect.arrayContaining(["lgg-quick", "phantom-quick"]));
    for (const preset of names) expect((await loadConfig({ preset })).name).toBe(preset);
  });

  test("takes the phantom by default, and the LGG set when its folder is given", async () => {
    expect((await loadConfig({})).dataset.kind).toBe("phantom");
    expect((await loadConfig({ data: "some/folder" })).dataset).toMatchObject({ kind: "lgg" });
  });

  test("refuses what cannot be meant", async () => {
    await expect(loadConfig({ preset: "quick" })).rejects.toThrow(
      /^ddl-study: --preset must be one of .*phantom-quick.*; received "quick"\.$/,
    );
    await expect(loadConfig({ preset: "lgg-quick", config: "a.json" })).rejects.toThrow(
      'ddl-study: --preset must be left out beside --config; received "lgg-quick".',
    );
    await expect(loadConfig({ preset: "phantom-quick", data: "x" })).rejects.toThrow(
      'ddl-study: --data must be left out: phantom-quick.json is a study of the embedded phantom; received "x". Give --preset lgg-quick to run on the LGG set.',
    );
    await expect(loadConfig({ config: "nowhere.json" })).rejects.toThrow(/nowhere\.json cannot be read\.$/);
  });
});
