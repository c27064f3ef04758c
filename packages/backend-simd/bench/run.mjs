// Runs all rows of the speed table, or those that are named, one after the other, and writes bench/results.
//   node packages/backend-simd/bench/run.mjs --all
//   node packages/backend-simd/bench/run.mjs conv3x3 matMul     (--rows to list them)
//   --trial: two rounds of each, beside whatever else runs, results in a temporary folder
//   --beside-others: measure although others use the processors, and mark the results
// Build packages/simd, unet, losses and backend-simd first, and let nothing else run.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { dispatchRecord } from "./harness/dispatchRecord.mjs";
import { disturbers, processTimes, waitForQuiet } from "./harness/processLoad.mjs";
import { writeResultsPage } from "./harness/resultsPage.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));
const builds = ["relaxed", "plain"];

/** Rows with the builds and the numbers of threads that each is measured with. */
const rows = {
  matMul: { builds, threads: [1] },
  conv3x3: { builds, threads: [1, 2] },
  convKinds: { builds, threads: [1] },
  winograd: { builds, threads: [1] },
  memoryBound: { builds, threads: [1] },
  inference: { builds, threads: [1, 2] },
  // It measures one thread beside two.
  trainingStep: { builds, threads: [2] },
  ceiling: { builds: ["relaxed"], threads: [1] },
  peakMemory: { builds: ["relaxed"], threads: [2] },
  curve: { builds: ["relaxed"], threads: [2] },
  dispatch: { builds: ["relaxed"], threads: [2] },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: "boolean", default: false },
    rows: { type: "boolean", default: false },
    trial: { type: "boolean", default: false },
    "beside-others": { type: "boolean", default: false },
  },
});
const names = values.all ? Object.keys(rows) : positionals;
const unknown = names.find((name) => rows[name] === undefined);
if (values.rows || names.length === 0 || unknown !== undefined) {
  const wrong = unknown === undefined ? "" : `There is no row ${unknown}. `;
  console.log(`${wrong}Rows: ${Object.keys(rows).join(", ")}, or --all.`);
  process.exit(values.rows ? 0 : 1);
}

const results = values.trial ? mkdtempSync(join(tmpdir(), "ddl-bench-trial-")) : join(here, "results");
mkdirSync(results, { recursive: true });
const began = performance.now();
const failed = [];
for (const name of names) if (!(await runRow(name))) failed.push(name);
writeResultsPage(results);
console.log(`${results}: ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
if (failed.length > 0) {
  console.log(`Incomplete, the old result was kept: ${failed.join(", ")}`);
  process.exitCode = 1;
}

/** Each combination in a process of its own, as a process has one backend. @returns whether all went well */
async function runRow(name) {
  const runs = [];
  for (const build of rows[name].builds) {
    for (const threads of rows[name].threads) {
      const run = name === "dispatch" ? await runDispatch(threads) : runProgram(name, build, threads);
      if (run === undefined) return false;
      runs.push(run);
    }
  }
  const { environment } = runs[0];
  const slim = runs.map(({ environment: _, ...run }) => run);
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify({ row: name, environment, runs: slim }, null, 2)}\n`);
  return true;
}

function runProgram(name, build, threads) {
  const words = ["--build", build, "--threads", String(threads)];
  for (const option of ["trial", "beside-others"]) if (values[option]) words.push(`--${option}`);
  return runNode(join(here, `${name}.mjs`), words);
}

/** That package's bench does not watch the processors: this one does it for it. */
async function runDispatch(threads) {
  const others = values.trial ? [] : await waitForQuiet();
  if (others.length > 0 && !values["beside-others"]) {
    console.log(`dispatch: others use the processor: ${others.map(({ name }) => name).join(", ")}.`);
    return undefined;
  }
  console.log(`dispatch: threads: ${threads}`);
  const before = processTimes();
  const program = fileURLToPath(new URL("../../simd/bench/dispatch.mjs", import.meta.url));
  const words = ["--threads", String(threads), ...(values.trial ? ["--trial"] : [])];
  const measured = runNode(program, words);
  return measured && dispatchRecord({ ...measured, disturbers: disturbers(before) });
}

/** @returns what the program stored, or undefined if it failed */
function runNode(program, words) {
  const folder = mkdtempSync(join(tmpdir(), "ddl-bench-"));
  try {
    const out = join(folder, "out.json");
    const { status } = spawnSync(process.execPath, [program, ...words, "--out", out], { stdio: "inherit" });
    return status === 0 ? JSON.parse(readFileSync(out, "utf8")) : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
