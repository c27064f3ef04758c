// bench/results/README.md, made from the JSON files beside it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { targets } from "./targets.mjs";

/** Writes the page for a folder of results. */
export function writeResultsPage(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const records = files.sort().map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
  writeFileSync(join(folder, "README.md"), `${resultsPage(records)}\n`);
}

function resultsPage(records) {
  const parts = [
    "# Measured speed of `@ddl/backend-simd`",
    "Made by `node packages/backend-simd/bench/run.mjs --all`; do not edit. Sides of a comparison take turns in one " +
      "run; times are medians of rounds in milliseconds, with quartiles in the JSON files. A ratio is the other " +
      "side's time over ours, above 1 we are faster, and in brackets the median of each round's. " +
      "`relaxed` is the build with fused multiply-add, `plain` the one without.",
    summary(records),
    ...records.map(section),
  ];
  return parts.join("\n\n");
}

/** Every target with the numbers that speak about it, best and worst. */
function summary(records) {
  const rows = [];
  const cells = allCells(records);
  for (const [key, { work, atMost }] of Object.entries(targets)) {
    for (const build of ["relaxed", "plain"]) {
      const verdicts = cells
        .filter((cell) => cell.build === build)
        .flatMap((cell) => cell.verdicts.filter((verdict) => verdict.key === key));
      if (verdicts.length === 0) continue;
      const numbers = verdicts.map(({ value }) => value).sort((a, b) => (atMost ? b - a : a - b));
      const [worst, best] = [numbers[0], numbers.at(-1)];
      const { atLeast, aim } = verdicts[0];
      const count = (met) => verdicts.filter((verdict) => met.includes(verdict.met)).length;
      const met = `${count(["at least", "aim"])} and ${count(["aim"])} of ${verdicts.length}`;
      rows.push([work, build, show(worst), show(best), `${atMost ? "≤" : "≥"} ${atLeast} / ${aim}`, met]);
    }
  }
  return `## Targets\n\n${table(["work", "build", "worst", "best", "at least / aim", "met"], rows)}`;
}

function allCells(records) {
  return records.flatMap(({ runs }) => runs.flatMap(({ build, cells }) => cells.map((cell) => ({ ...cell, build }))));
}

function section({ row, environment, runs }) {
  const { date, commit, uncommittedChanges, cpu, cores, node, nodeFlags } = environment;
  const rows = runs.flatMap((run) => run.cells.map((cell) => cellRow(run, cell)));
  const { torch } = runs[0];
  const { torch: version, openblasCore } = torch ?? {};
  const beside = torch === undefined ? "" : `, torch ${version} (OpenBLAS for ${openblasCore})`;
  const at = `${date.slice(0, 10)}, ${commit.slice(0, 10)}${uncommittedChanges ? " with changes" : ""}`;
  const trial = runs.some((run) => run.trial) ? " **A trial: no measurement.**" : "";
  const where = `${at}; ${cpu}, ${cores} cores, Node ${node}, flags: ${nodeFlags}${beside}.${trial}`;
  const heads = ["what", "build", "threads", "simd ms", "others ms", "ratios", "target: measured", "load"];
  return `## ${row}\n\n${where}\n\n${table(heads, rows)}`;
}

function cellRow({ build, threads }, cell) {
  const { title, milliseconds = {}, ratios = {}, microseconds, verdicts, load, disturbers = [] } = cell;
  const { simd, ...others } = milliseconds;
  const ours = microseconds === undefined ? simd && show(simd.median) : microsecondsOf(microseconds);
  const times = Object.entries(others).map(
    ([name, { median, once }]) => `${name} ${show(median)}${once ? " (once)" : ""}`,
  );
  const ratio = Object.entries(ratios).map(
    ([name, one]) => `${name} ${show(one.ofMedians)} (${show(one.medianOfRounds)})`,
  );
  const judged = verdicts.map(({ value, atLeast, aim, atMost, met }) => {
    return `${show(value)}, ${atMost ? "≤" : "≥"} ${atLeast} / ${aim}: ${met}`;
  });
  const marked = disturbers.length > 0 ? `**disturbed by ${disturbers.map(({ name }) => name).join(", ")}**` : "";
  const loads = load === undefined ? "" : `${load.before.toFixed(1)}–${load.after.toFixed(1)} ${marked}`.trim();
  return [
    title,
    build,
    String(threads),
    ours ?? "",
    times.join("<br>"),
    ratio.join("<br>"),
    judged.join("<br>"),
    loads,
  ];
}

function microsecondsOf({ median, p95 }) {
  return `${show(median)} µs (p95 ${show(p95)})`;
}

/** Three digits, without exponent. */
function show(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}
