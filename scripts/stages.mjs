// The stages of `npm test`, cheap first, and the count over all of them.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromePath } from "./chrome.mjs";
import { root, run } from "./run.mjs";

const results = join(root, ".cache", "test-results");

/** A stage is one command that passes or fails, or a vitest project whose tests are counted. */
export const stages = [
  { name: "format", what: "format and lint", command: ["biome", "ci", "--error-on-warnings"] },
  { name: "workspace", what: "manifests, catalog, layer rules that fire", project: "workspace" },
  { name: "types", what: "types", command: ["tsc", "-p", "."] },
  { name: "layers", what: "layer rules", command: ["depcruise", "packages", "examples", "--output-type", "err"] },
  { name: "dead-code", what: "unused files, exports and dependencies", command: ["knip"] },
  { name: "unit", what: "unit and conformance tests in Node", project: "node", workers: 2 },
  { name: "build", what: "build", command: ["turbo", "build", "--output-logs=errors-only"] },
  { name: "packaging", what: "tarballs: publint, attw, sizes", project: "packaging", needsBuild: true },
  { name: "built", what: "tests of what was built: workers, command line", project: "built", needsBuild: true },
  { name: "browser", what: "conformance tests in Chromium", project: "browser", needsBrowser: true, workers: 2 },
  { name: "consumers", what: "tarballs in strange projects", project: "consumers", needsBuild: true, workers: 2 },
];

/** Those that need no build. */
export const cheapStages = ["format", "workspace", "types", "layers", "dead-code"];

/** Runs stages in their order, prints a table and, last, `N passed, N failed`. */
export async function runStages(names) {
  const unknown = names.find((name) => !stages.some((stage) => stage.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `npm test: stage must be one of ${stages.map(({ name }) => name).join(", ")}; received ${unknown}.`,
    );
  }
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  const chosen = stages.filter(({ name }) => names.includes(name));
  // Later stages run what was built: with a stale build they would test something else.
  if (chosen.some(({ needsBuild }) => needsBuild) && !names.includes("build")) {
    chosen.splice(
      chosen.findIndex(({ needsBuild }) => needsBuild),
      0,
      stages.find(({ name }) => name === "build"),
    );
  }
  const rows = [];
  let interrupted = false;
  process.on("SIGINT", () => {
    interrupted = true;
  });
  for (const stage of chosen) {
    console.log(`\n── ${stage.name}: ${stage.what}`);
    const started = Date.now();
    const counts = await count(stage, rows);
    rows.push({ name: stage.name, seconds: (Date.now() - started) / 1000, ...counts });
    if (interrupted) throw new Error("Stopped.");
  }
  return summary(rows);
}

async function count(stage, rows) {
  if (stage.needsBuild && rows.find(({ name }) => name === "build")?.failed > 0) {
    console.log("Not run: the build failed.");
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (stage.needsBrowser && chromePath === undefined) return withoutBrowser();
  if (stage.command !== undefined) {
    const [program, ...words] = stage.command;
    const code = await run(program, words);
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  }
  const file = join(results, `${stage.name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const workers = stage.workers === undefined ? [] : [`--maxWorkers=${stage.workers}`];
  const code = await run("vitest", ["run", "--project", stage.project, ...workers, ...reporters]);
  const json = JSON.parse(await readFile(file, "utf8").catch(() => "{}"));
  const { numPassedTests: passed = 0, numFailedTests = 0, numPendingTests: skipped = 0, testResults = [] } = json;
  // A suite that did not load, or an error outside of tests, fails no test but the run.
  const failed = code !== 0 && numFailedTests === 0 ? 1 : numFailedTests;
  return { passed, failed, skipped, failures: failed === 0 ? [] : testResults.flatMap(failuresOf) };
}

/** The failed tests of a file by name; the file itself if it failed without one. */
function failuresOf({ name, status, assertionResults }) {
  if (status === "passed") return [];
  const tests = assertionResults.filter((test) => test.status === "failed");
  return tests.length === 0 ? [name] : tests.map(({ fullName }) => `${name}: ${fullName}`);
}

function withoutBrowser() {
  const advice = "Set CHROME_PATH, or install Chrome or Chromium (Debian: apt-get install chromium).";
  console.log(`No Chrome or Chromium was found: browser tests are skipped. ${advice}`);
  return process.env.CI === "true" ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 };
}

async function summary(rows) {
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  console.log(
    `\n${"stage".padEnd(12)}${"passed".padStart(8)}${"failed".padStart(8)}${"skipped".padStart(9)}${"seconds".padStart(9)}`,
  );
  for (const { name, passed, failed, skipped, seconds } of [
    ...rows,
    {
      name: "all",
      passed: total("passed"),
      failed: total("failed"),
      skipped: total("skipped"),
      seconds: total("seconds"),
    },
  ]) {
    const numbers = [
      [passed, 8],
      [failed, 8],
      [skipped, 9],
      [seconds.toFixed(1), 9],
    ];
    console.log(name.padEnd(12) + numbers.map(([value, width]) => String(value).padStart(width)).join(""));
  }
  // Here again, as they stand thousands of lines above in a whole run.
  for (const { name, failures = [] } of rows)
    for (const failure of failures) console.log(`failed in ${name}: ${failure}`);
  const line = `${total("passed")} passed, ${total("failed")} failed`;
  await writeFile(join(results, "summary.txt"), `${line}\n`);
  console.log(`\n${line}`);
  return total("failed") === 0 ? 0 : 1;
}
