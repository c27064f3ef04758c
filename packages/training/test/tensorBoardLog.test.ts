import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensorBoardLog } from "@ddl/training/node";
import { PbfReader } from "pbf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TensorBoardEvent } from "../src/logs/eventFile.js";
import { createEventEncoder } from "../src/logs/eventFile.js";
import golden from "./goldens/events.json" with { type: "json" };
import { progressAt, recordOf, startAt } from "./trainingEvents.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ddl-events-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("records have the bytes that TensorBoard's own writer gives them", async () => {
  const events: TensorBoardEvent[] = [
    { kind: "version" },
    { kind: "start", step: 301 },
    { kind: "scalars", step: 1, scalars: { "batch/loss": 0.625, "batch/learningRate": 0.001 } },
    { kind: "scalars", step: 127, scalars: { "épreuve/Δ": -1.5, a: 3e38, b: 0 } },
    { kind: "scalars", step: 2 ** 40 + 7, scalars: { nan: Number.NaN, inf: Number.NEGATIVE_INFINITY } },
  ];
  const encode = await createEventEncoder();
  const records = events.map((event, k) => Buffer.from(encode(event, golden.seconds[k]!)).toString("base64"));
  expect(records).toEqual(golden.records);
});

interface Decoded {
  step: number;
  version?: string;
  starts?: boolean;
  scalars?: Record<string, number>;
}

/** The events of a file; checksums are the golden's matter. */
async function eventsOf(file: string): Promise<Decoded[]> {
  const bytes = await readFile(file);
  const events: Decoded[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const event: Decoded = { step: 0 };
    new PbfReader(bytes.subarray(at + 12, at + 12 + length)).readFields((field, result, reader) => {
      if (field === 2) result.step = reader.readVarint();
      if (field === 3) result.version = reader.readString();
      if (field === 7) result.starts = true;
      if (field === 5) result.scalars = reader.readMessage(readSummary, {});
    }, event);
    events.push(event);
    at += 12 + length + 4;
  }
  return events;
}

function readSummary(field: number, scalars: Record<string, number>, reader: PbfReader): void {
  if (field !== 1) return;
  const readValue = (inner: number, to: { tag: string; value: number }): void => {
    if (inner === 1) to.tag = reader.readString();
    if (inner === 2) to.value = reader.readFloat();
  };
  const { tag, value } = reader.readMessage(readValue, { tag: "", value: 0 });
  scalars[tag] = Number(value.toPrecision(6));
}

describe("tensorBoardLog", () => {
  test("tells of updates and epochs along the number of updates", async () => {
    const log = tensorBoardLog(join(folder, "runs", "a"));
    await log.onTrainingStart!(startAt({}));
    const take = async () => expect.unreachable();
    await log.onStep!(progressAt({ step: 1, updates: 1, loss: 0.5, metrics: { dice: 0.25 }, gradientNorm: 7 }), take);
    // Its gradients wait for the next update.
    await log.onStep!(progressAt({ step: 2, updates: 1, loss: 9 }), take);
    await log.onStep!(progressAt({ step: 3, updates: 2, loss: 0.25, learningRate: 0.125 }), take);
    await log.onEpochEnd!(
      recordOf({ loss: 0.375, trainingMetrics: { dice: 0.3 }, metrics: { dice: 0.75 }, skipped: 4 }),
      take,
    );
    const of = async (part: string): Promise<Decoded[]> => {
      const [file, ...rest] = await readdir(join(folder, "runs", "a", part));
      expect(rest).toEqual([]);
      expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\.[\w-]+\.\d+\.0$/);
      return await eventsOf(join(folder, "runs", "a", part, file!));
    };
    expect(await of("batches")).toEqual([
      { step: 0, version: "brain.Event:2" },
      { step: 1, starts: true },
      {
        step: 1,
        scalars: { "batch/loss": 0.5, "batch/dice": 0.25, "batch/learningRate": 0.001, "batch/gradientNorm": 7 },
      },
      { step: 2, scalars: { "batch/loss": 0.25, "batch/learningRate": 0.125 } },
    ]);
    expect(await of("epochs")).toEqual([
      { step: 0, version: "brain.Event:2" },
      { step: 1, starts: true },
      { step: 1, scalars: { "epoch/loss": 0.375, "epoch/dice": 0.3, "epoch/skipped": 4, "validation/dice": 0.75 } },
    ]);
  });

  test("has a file of its own for each start, the later after the earlier, and says from where it holds", async () => {
    const log = tensorBoardLog(folder, { everyUpdates: 5 });
    const take = async () => expect.unreachable();
    await log.onTrainingStart!(startAt({}));
    for (let n = 1; n <= 9; n++) await log.onStep!(progressAt({ step: n, updates: n }), take);
    await log.onTrainingStart!(startAt({ epoch: 4, step: 7, updates: 7 }));
    for (let n = 8; n <= 11; n++) await log.onStep!(progressAt({ step: n, updates: n }), take);
    const stepsOf = async (part: string): Promise<number[][]> => {
      const files = (await readdir(join(folder, part))).sort();
      return Promise.all(files.map(async (file) => (await eventsOf(join(folder, part, file))).map(({ step }) => step)));
    };
    expect(await stepsOf("batches")).toEqual([
      [0, 1, 5],
      [0, 8, 10],
    ]);
    expect(await stepsOf("epochs")).toEqual([
      [0, 1],
      [0, 5],
    ]);
  });

  test.each([
    [["", {}], 'tensorBoardLog: folder must be a non-empty string; received "".'],
    [["a", { everyUpdates: 0 }], "tensorBoardLog: everyUpdates must be an integer ≥ 1; received 0."],
    [["a", { every: 1 }], 'tensorBoardLog: options must have only the keys everyUpdates; received "every".'],
  ])("refuses %o", (words, message) => {
    expect(() => tensorBoardLog(...(words as [string]))).toThrow(message);
  });
});
