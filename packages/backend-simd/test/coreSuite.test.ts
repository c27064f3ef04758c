import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
let folder = "";
let bundle = "";

// tfjs-core's own tests, as published in its package, in one bundle with one copy of tfjs-core.
beforeAll(async () => {
  folder = await mkdtemp(join(here, ".core-suite-"));
  bundle = join(folder, "suite.cjs");
  await build({
    entryPoints: [join(here, "coreSuite/entry.mjs")],
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["@ddl/source"],
    mainFields: ["module", "main"],
    // tfjs-core's package says that its tests have no side effects: they would all be dropped.
    ignoreAnnotations: true,
    external: ["jasmine-core"],
    outfile: bundle,
    logLevel: "error",
  });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  counts: Record<string, number>;
  failures: string[];
}

function run(env: Record<string, string>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [bundle],
      { env: { ...process.env, ...env }, maxBuffer: 1e9 },
      (error, stdout, stderr) => {
        const line = stdout.trim().split("\n").at(-1) ?? "";
        if (line.startsWith('{"counts"')) resolve(JSON.parse(line) as Outcome);
        else reject(error ?? new Error(stdout + stderr));
      },
    );
  });
}

/** Specs that expect what is wrong, and why. */
const wrong = [
  // Expects the gradient to be divided by the whole window at a padded border, where the forward pass divides by the pixels inside.
  "avgPool simd {} gradient x=[3,3,1] f=[3,3] s=1 p=explicit",
];

describe("tfjs-core's own tests pass", () => {
  test.each([
    ["with one thread and exact convolutions", { threads: 1, precise: true }],
    ["with one thread and fused multiply-add", { threads: 1, relaxedSimd: true }],
  ])(
    "%s",
    async (_name, options) => {
      const { counts, failures } = await run({ DDL_SIMD_OPTIONS: JSON.stringify(options) });
      const unexpected = failures.filter((failure) => !wrong.some((spec) => failure.startsWith(`${spec}:`)));
      expect(unexpected).toEqual([]);
      expect(failures).toHaveLength(wrong.length);
      expect(counts["passed"]).toBeGreaterThanOrEqual(4200);
    },
    180_000,
  );
});
