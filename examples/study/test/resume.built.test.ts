import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "@ddl/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

// Small, but with all that a study has: two classical methods, training with augmentation in a worker, two losses, two folds.
const config = {
  name: "tiny",
  dataset: { kind: "phantom", patients: 6, seed: 3, size: 48 },
  preprocessing: { size: 32 },
  split: { kind: "folds", folds: 2, validation: 0.34, stratify: false },
  methods: [
    { name: "threshold" },
    { name: "morphological-chan-vese", iterations: 3 },
    {
      ...{ name: "unet", depth: 2, baseFilters: 2, epochs: 4, batchSize: 8, stepsPerEpoch: 4, workers: 1 },
      ...{
        schedule: "cosine",
        movingAverage: 0.9,
        augmentation: { intensity: {}, modalityDropout: { replacement: 1 } },
      },
    },
  ],
};

let folder = "";
let file = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ddl-resume-"));
  file = join(folder, "tiny.json");
  await writeFile(file, JSON.stringify(config));
});
afterAll(() => rm(folder, { recursive: true }));

interface Run {
  child: ChildProcess;
  output: () => string;
  /** Resolves when the program says that it computes a cell. */
  computing: Promise<void>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

function start(out: string): Run {
  const child = spawn(process.execPath, [cli, "run", "--config", file, "--out", join(folder, out)], { stdio: "pipe" });
  let text = "";
  let computing = (): void => {};
  const reached = new Promise<void>((resolve) => {
    computing = resolve;
  });
  const gather = (chunk: Buffer): void => {
    text += chunk.toString();
    if (/^\[\d+\/\d+\]/m.test(text)) computing();
  };
  child.stdout.on("data", gather);
  child.stderr.on("data", gather);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  return { child, output: () => text, computing: Promise.race([reached, ended.then(() => {})]), ended };
}

/** Every file that must not depend on how often a run was stopped, by its path in the study's folder. */
async function outcome(out: string): Promise<Map<string, string>> {
  const files = await readdir(join(folder, out), { recursive: true });
  const kept = files.filter((path) => /(result\.json|epochs\.json|\.png|results\.csv|split\.json)$/.test(path)).sort();
  return new Map(
    await Promise.all(
      kept.map(async (path) => [path, (await readFile(join(folder, out, path))).toString("base64")] as const),
    ),
  );
}

async function resultTimes(out: string): Promise<Map<string, number>> {
  const root = join(folder, out, "cells");
  const times = new Map<string, number>();
  for (const cell of await readdir(root).catch(() => [])) {
    const info = await stat(join(root, cell, "result.json")).catch(() => undefined);
    if (info !== undefined) times.set(cell, info.mtimeMs);
  }
  return times;
}

/** Waits until a training has finished an epoch. @returns path of its checkpoint in the study's folder */
async function firstCheckpoint(out: string): Promise<string> {
  for (;;) {
    const files = await readdir(join(folder, out), { recursive: true }).catch(() => []);
    const found = files.find((path) => path.endsWith("checkpoint.safetensors"));
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("a study that is stopped", () => {
  let undisturbed = new Map<string, string>();
  let duration = 0;

  beforeAll(async () => {
    const run = start("undisturbed");
    await run.computing;
    const began = Date.now();
    expect(await run.ended, run.output()).toEqual({ code: 0, signal: null });
    duration = Date.now() - began;
    undisturbed = await outcome("undisturbed");
    expect([...undisturbed.keys()].filter((path) => path.endsWith("result.json"))).toHaveLength(8);
    expect([...undisturbed.keys()].filter((path) => path.endsWith(".png"))).toHaveLength(4 * 6);
    const [, epochs] = [...undisturbed].find(([path]) => path.endsWith("epochs.json"))!;
    const rates = (JSON.parse(atob(epochs)) as { learningRate: number }[]).map(({ learningRate }) => learningRate);
    // After 15 of 16 steps.
    expect(rates.at(-1)).toBeCloseTo((0.001 * (1 + Math.cos((15 / 16) * Math.PI))) / 2, 12);
  });

  test("by kill -9 at five random moments gives the same result, and computes no finished cell again", async () => {
    const random = Random.fromSeed(29);
    const finishedAt = new Map<string, number>();
    for (let k = 0; k < 5; k++) {
      const run = start("killed");
      await run.computing;
      await new Promise((resolve) => setTimeout(resolve, random.uniform(0, duration / 5)));
      run.child.kill("SIGKILL");
      expect(await run.ended, run.output()).toEqual({ code: null, signal: "SIGKILL" });
      for (const [cell, time] of await resultTimes("killed")) finishedAt.set(cell, finishedAt.get(cell) ?? time);
    }
    const last = start("killed");
    expect(await last.ended, last.output()).toEqual({ code: 0, signal: null });
    expect(await outcome("killed")).toEqual(undisturbed);
    const times = await resultTimes("killed");
    for (const [cell, time] of finishedAt) expect(times.get(cell), cell).toBe(time);
  });

  test("by kill -9 in the midst of a training goes on after its last finished epoch", async () => {
    const run = start("midst");
    await firstCheckpoint("midst");
    run.child.kill("SIGKILL");
    await run.ended;
    const again = start("midst");
    expect(await again.ended, again.output()).toEqual({ code: 0, signal: null });
    expect(again.output()).toMatch(/goes on after epoch [1-3] of 4/);
    expect(await outcome("midst")).toEqual(undisturbed);
  });

  test("names a damaged checkpoint, and what to do", async () => {
    const run = start("damaged");
    const path = await firstCheckpoint("damaged");
    run.child.kill("SIGKILL");
    await run.ended;
    await writeFile(join(folder, "damaged", path), "not a checkpoint");
    const again = start("damaged");
    expect(await again.ended, again.output()).toEqual({ code: 2, signal: null });
    expect(again.output()).toContain(
      `${join(folder, "damaged", path)} is damaged. Delete it, and the cell is trained from its start.`,
    );
  });

  test("by Ctrl-C ends after the step, says how to go on, and gives the same result", async () => {
    const run = start("interrupted");
    await run.computing;
    await new Promise((resolve) => setTimeout(resolve, duration / 3));
    run.child.kill("SIGINT");
    expect(await run.ended, run.output()).toEqual({ code: 130, signal: null });
    expect(run.output()).toContain("Stopped. Nothing is lost: the same command goes on where it stood.");
    const again = start("interrupted");
    expect(await again.ended, again.output()).toEqual({ code: 0, signal: null });
    expect(await outcome("interrupted")).toEqual(undisturbed);
  });

  test("and started again when it is finished computes nothing", async () => {
    const before = await resultTimes("undisturbed");
    const run = start("undisturbed");
    expect((await run.ended).code).toBe(0);
    expect(run.output()).toContain("8 of 8 cells are finished already");
    expect(await resultTimes("undisturbed")).toEqual(before);
  });

  test("is not worked on by two processes at once", async () => {
    const first = start("twice");
    await first.computing;
    const second = start("twice");
    expect((await second.ended).code).toBe(2);
    expect(second.output()).toMatch(
      /is being worked on by process \d+\. Wait for it, stop it, or give another folder with --out\./,
    );
    first.child.kill("SIGKILL");
    await first.ended;
  });
});
