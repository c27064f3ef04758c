// HD95 + ASSD + surface Dice against scipy, and the confusion matrix against one pass over memory. Writes bench/results.
//   node packages/metrics/bench/run.mjs           (--rounds 9, --out <folder>)
// Build packages/core and metrics first (pnpm turbo build), let nothing else run, and leave OPENBLAS_CORETYPE unset.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { confusionMatrix, surfaceMetrics } from "@ddl/metrics";
import { maskPairs, shape, spacing } from "./maskPairs.mjs";
import { PythonServer } from "./pythonServer.mjs";
import { resultsPage } from "./resultsPage.mjs";

const tolerance = 2;
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
  },
});
const rounds = Number(values.rounds);
const loadBefore = loadavg();
const python = await PythonServer.start(join(import.meta.dirname, "reference.py"));
const rows = [];
for (const [name, pair] of Object.entries(maskPairs())) rows.push(await surfaceRow(name, pair));
python.close();
for (const classes of [4, undefined]) rows.push(await confusionRow(classes));
const result = { environment: environment(), rounds, rows };
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, "metrics.json"), `${JSON.stringify(result, null, 2)}\n`);
writeFileSync(join(values.out, "README.md"), resultsPage(result));
console.log(resultsPage(result));

async function surfaceRow(name, pair) {
  const folder = mkdtempSync(join(tmpdir(), "ddl-metrics-bench-"));
  const files = pair.map((_, k) => join(folder, `${k}.bin`));
  for (const [k, mask] of pair.entries()) writeFileSync(files[k], mask);
  await python.ask({ load: name, files, shape });
  rmSync(folder, { recursive: true });
  const [reference, prediction] = pair.map((data) => ({ data, shape }));
  const ours = () => surfaceMetrics(reference, prediction, { spacing, tolerance });
  const way = (words) => async () => {
    const { milliseconds, values: found } = await python.ask({ pair: name, way: words, spacing, tolerance });
    return { milliseconds, found };
  };
  const words = ["one transform a mask, cropped", "k-d tree", "each metric alone (medpy's way)"];
  const all = ours();
  const expected = [all.robustHausdorffDistance, all.averageSymmetricSurfaceDistance, all.normalizedSurfaceDice];
  const pooled = surfaceMetrics(reference, prediction, { spacing, tolerance, convention: "pooled" });
  for (const [k, found] of (await Promise.all(words.map((word) => way(word)()))).map((a) => a.found).entries()) {
    const wanted = k === 2 ? [pooled.robustHausdorffDistance, ...expected.slice(1)] : expected;
    if (found.some((value, i) => Math.abs(value - wanted[i]) > 1e-9))
      throw new Error(`${words[k]}: ${found}, not ${wanted}`);
  }
  const sides = { ours: async () => timed(ours), ...Object.fromEntries(words.map((word) => [word, way(word)])) };
  return { title: `HD95 + ASSD + NSD, ${shape.join(" × ")}, ${name}`, ...(await interleaved(sides)) };
}

async function confusionRow(classes) {
  const count = 1e8;
  const draw = (seed) => {
    const labels = new Uint8Array(count);
    for (let i = 0, state = seed; i < count; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      labels[i] = (state >>> 24) & ((classes ?? 2) - 1);
    }
    return labels;
  };
  const reference = draw(1);
  const prediction = draw(2);
  let sum = 0;
  const pass = () => {
    let differing = 0;
    for (let i = 0; i < count; i++) differing += reference[i] ^ prediction[i];
    sum += differing;
  };
  const options = classes === undefined ? {} : { classes };
  const ours = () => {
    sum += confusionMatrix(reference, prediction, options).counts[1];
  };
  const sides = { ours: async () => timed(ours), "one pass over both arrays": async () => timed(pass) };
  const row = { title: `confusion matrix of 10⁸ labels, ${classes ?? 2} classes`, ...(await interleaved(sides)) };
  if (!(sum > 0)) throw new Error("Nothing was counted.");
  return row;
}

function timed(work) {
  const began = performance.now();
  work();
  return { milliseconds: performance.now() - began };
}

/** Five rounds of ours and two of all to warm up, then every side once a round. Ratios are medians over ours: above 1 ours is faster. */
async function interleaved(sides) {
  const times = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let k = 0; k < 5; k++) await sides.ours();
  for (let round = -2; round < rounds; round++) {
    for (const [name, side] of Object.entries(sides)) {
      const { milliseconds } = await side();
      if (round >= 0) times[name].push(milliseconds);
    }
  }
  const milliseconds = {};
  for (const [name, list] of Object.entries(times)) {
    const sorted = list.sort((a, b) => a - b);
    const at = (share) => sorted[Math.round((sorted.length - 1) * share)];
    milliseconds[name] = { median: at(0.5), lowerQuartile: at(0.25), upperQuartile: at(0.75) };
  }
  const ratios = {};
  for (const name of Object.keys(sides)) {
    if (name !== "ours") ratios[name] = milliseconds[name].median / milliseconds.ours.median;
  }
  return { milliseconds, ratios };
}

function environment() {
  const git = (...words) =>
    execFileSync("git", ["--no-optional-locks", ...words], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  return {
    date: new Date().toISOString(),
    commit: git("rev-parse", "HEAD"),
    uncommittedChanges: git("status", "--porcelain", ":(top)", ":(exclude)results").length > 0,
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    python: python.greeting,
    OPENBLAS_CORETYPE: process.env.OPENBLAS_CORETYPE ?? "unset",
    load: { before: loadBefore[0], after: loadavg()[0] },
  };
}
