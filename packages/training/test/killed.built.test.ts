import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "@ddl/core";
import { afterAll, beforeAll, expect, test } from "vitest";

const program = fileURLToPath(new URL("killed/train.mjs", import.meta.url));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ddl-killed-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Run {
  output: string;
  signal: NodeJS.Signals | null;
}

/** Trains in a process of its own, which is killed so long after it has printed a line that holds this text. */
function train(out: string, kill?: { at: string; milliseconds: number }): Promise<Run> {
  const child = spawn(process.execPath, [program, join(folder, out)], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let isDue = false;
  const gather = (chunk: Buffer): void => {
    output += chunk.toString();
    if (kill === undefined || isDue || !output.includes(`${kill.at}\n`)) return;
    isDue = true;
    setTimeout(() => child.kill("SIGKILL"), kill.milliseconds);
  };
  child.stdout.on("data", gather);
  child.stderr.on("data", gather);
  return new Promise((resolve) => child.on("close", (_code, signal) => resolve({ output, signal })));
}

const lastLine = ({ output }: Run): string => output.trimEnd().split("\n").at(-1)!;
const startOf = ({ output }: Run): number => Number(/starts at (\d+)/.exec(output)?.[1]);

test("a training killed by kill -9 at random moments ends in the very same weights and log", async () => {
  const whole = await train("whole");
  expect(lastLine(whole), whole.output).toMatch(/^best \d, weights [\da-f]{64}$/);
  const random = Random.fromSeed(11);
  const starts: number[] = [];
  for (const at of [7, 22, 37]) {
    const run = await train("killed", { at: `step ${at}`, milliseconds: random.uniform(0, 25) });
    expect(run.signal, run.output).toBe("SIGKILL");
    starts.push(startOf(run));
  }
  // The last one is damaged besides.
  const checkpoints = join(folder, "killed", "checkpoints");
  const newest = (await readdir(checkpoints))
    .filter((name) => name.endsWith(".safetensors"))
    .sort()
    .at(-1)!;
  await truncate(join(checkpoints, newest), 1000);
  const last = await train("killed");
  starts.push(startOf(last));
  expect(lastLine(last), last.output).toBe(lastLine(whole));
  // Each went on from a checkpoint, which are two batches apart; the last from the one before.
  expect(starts[0]).toBe(0);
  for (const [k, at] of [7, 22, 37].entries()) expect(starts[k + 1]).toBeGreaterThanOrEqual(at - (k === 2 ? 5 : 3));
  const csv = await readFile(join(folder, "whole", "epochs.csv"), "utf8");
  expect(csv.trimEnd().split("\n")).toHaveLength(1 + 8);
  expect(await readFile(join(folder, "killed", "epochs.csv"), "utf8")).toBe(csv);
  expect(await readdir(join(folder, "killed", "events", "epochs"))).toHaveLength(4);
  // No lock, nothing half-written.
  expect(
    (await readdir(checkpoints)).filter((name) => !/^checkpoint(-\d+-\d+\.safetensors|s\.json)$/.test(name)),
  ).toEqual([]);
});
