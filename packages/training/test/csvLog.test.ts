import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvLog } from "@ddl/training/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordOf, startAt } from "./trainingEvents.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ddl-csv-"));
});
afterEach(() => rm(folder, { recursive: true }));

const take = async () => expect.unreachable();
const history = [
  recordOf({ epoch: 0, loss: 0.5, metrics: { dice: 0.25, "volume, ml": 3 }, trainingMetrics: { dice: 0.125 } }),
  recordOf({ epoch: 1, loss: 0.375, learningRate: 1e-7, skipped: 2, metrics: { "volume, ml": 4 } }),
  recordOf({
    epoch: 2,
    loss: 0.1,
    metrics: { dice: 1, "volume, ml": 5, hausdorff: 7.5 },
    trainingMetrics: { dice: 0 },
  }),
];
const rows = ["1,0.5,0.001,0,0.125,0.25,3", "2,0.375,1e-7,2,,,4", "3,0.1,0.001,0,0,1,5,7.5"];
const header = 'epoch,loss,learningRate,skipped,training.dice,validation.dice,"validation.volume, ml"';
const whole = `${header},validation.hausdorff\n${rows[0]},\n${rows[1]},\n${rows[2]}\n`;

describe("csvLog", () => {
  test("has a row an epoch, and a column for each metric, also for one that comes later", async () => {
    const file = join(folder, "new", "epochs.csv");
    const log = csvLog(file);
    await log.onTrainingStart!(startAt({}));
    expect(await readFile(file, "utf8")).toBe("epoch,loss,learningRate,skipped\n");
    await log.onEpochEnd!(history[0]!, take);
    await log.onEpochEnd!(history[1]!, take);
    expect(await readFile(file, "utf8")).toBe(`${header}\n${rows[0]}\n${rows[1]}\n`);
    await log.onEpochEnd!(history[2]!, take);
    expect(await readFile(file, "utf8")).toBe(whole);
    expect(await readdir(join(folder, "new"))).toEqual(["epochs.csv"]);
  });

  test.each([0, 1, 2, 3])(
    "has each epoch once after a training went on behind epoch %i of a file that was cut off",
    async (epochs) => {
      const file = join(folder, "epochs.csv");
      await writeFile(file, `${header}\n${rows[0]}\n${rows[1]}\n3,0.09,0.0`);
      const log = csvLog(file);
      await log.onTrainingStart!(startAt({ epoch: epochs, history: history.slice(0, epochs) }));
      for (const record of history.slice(epochs)) await log.onEpochEnd!(record, take);
      expect(await readFile(file, "utf8")).toBe(whole);
    },
  );

  test("appends: what others see of the file stays", async () => {
    const file = join(folder, "epochs.csv");
    const log = csvLog(file);
    await log.onTrainingStart!(startAt({ epoch: 1, history: history.slice(0, 1) }));
    await appendFile(file, "# a note\n");
    await log.onEpochEnd!(history[1]!, take);
    expect(await readFile(file, "utf8")).toBe(`${header}\n${rows[0]}\n# a note\n${rows[1]}\n`);
  });

  test("refuses a file without name", () => {
    expect(() => csvLog("")).toThrow('csvLog: file must be a non-empty string; received "".');
  });
});
