// A row's program: reads the command line, refuses to measure beside other work, prints and stores the results.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { compare } from "./compare.mjs";
import { environment } from "./environment.mjs";
import { load, waitForQuiet } from "./processLoad.mjs";
import { openSimd, relaxedFlag } from "./simdBackend.mjs";
import { judge } from "./targets.mjs";
import { Torch } from "./torch.mjs";

/**
 * Options of all rows: `--build relaxed|plain --threads 1 --rounds 9 --warmup 3 --only <part of a title>
 * --out <file.json>`; `--trial`: two rounds and a small U-Net, beside whatever else runs, only to see that it works;
 * `--beside-others`: measure and mark the results.
 *
 * @param run gets a {@link Row}
 */
export async function benchRow(name, run) {
  const { values } = parseArgs({
    options: {
      build: { type: "string", default: "relaxed" },
      threads: { type: "string", default: "1" },
      rounds: { type: "string" },
      warmup: { type: "string" },
      only: { type: "string", default: "" },
      out: { type: "string" },
      trial: { type: "boolean", default: false },
      "beside-others": { type: "boolean", default: false },
    },
  });
  const { build, trial, only, out } = values;
  const threads = Number(values.threads);
  const rounds = Number(values.rounds ?? (trial ? 2 : 9));
  const warmup = Number(values.warmup ?? (trial ? 1 : 3));
  const others = trial ? [] : await waitForQuiet();
  if (others.length > 0 && !values["beside-others"]) {
    const who = others.map((one) => `${one.name} (${one.pid ?? "-"}: ${(100 * one.share).toFixed(0)} %)`).join(", ");
    throw new Error(`${name}: others use the processor: ${who}. End them, or add --beside-others.`);
  }
  console.log(`${name}: ${build}, threads: ${threads}, load ${load()}${trial ? ", TRIAL: no measurement" : ""}`);
  const row = new Row({ build, threads, rounds, warmup, trial, only });
  try {
    await openSimd(build, threads);
    await run(row);
  } finally {
    row.close();
  }
  console.log(`${name}: load ${load()} at the end`);
  const v8Flags = build === "relaxed" ? `${relaxedFlag}, set by registerSimdBackend` : "none";
  const { torch } = row;
  const record = { row: name, build, threads, trial, v8Flags, torch, environment: environment(), cells: row.cells };
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(record, null, 2)}\n`);
}

class Row {
  cells = [];
  /** What the torch server says of itself, if one was started. */
  torch;
  #servers = [];

  constructor(options) {
    Object.assign(this, options);
  }

  /** Whether `--only` leaves a comparison in. */
  wants(title) {
    return title.includes(this.only);
  }

  async startTorch(keepMemory = false) {
    const torch = await Torch.start(this.threads, keepMemory);
    this.torch ??= torch.about;
    this.closeAtEnd(torch);
    return torch;
  }

  closeAtEnd(server) {
    this.#servers.push(server);
  }

  compare(title, options) {
    const { rounds, warmup, trial } = this;
    return compare(title, { rounds, warmup, trial, ...options });
  }

  /**
   * Keeps a result.
   * @param values target's key → the number that it is about; `undefined` keys are left out
   * @param more shapes, rates and remarks
   */
  add(result, values = {}, more = {}) {
    const verdicts = Object.entries(values).flatMap(([key, value]) => judge(key, this.build, value) ?? []);
    const cell = { ...result, ...more, verdicts };
    this.cells.push(cell);
    const times = Object.entries(result.milliseconds ?? {}).map(
      ([name, ms]) => `${name} ${ms.median.toPrecision(3)} ms`,
    );
    const ratios = Object.entries(result.ratios ?? {}).map(
      ([name, { ofMedians }]) => `${name} ×${ofMedians.toFixed(2)}`,
    );
    const judged = verdicts.map(({ key, value, met }) => `${key} ${value.toPrecision(3)}: ${met}`);
    const marked = result.disturbers?.length > 0 ? [`DISTURBED by ${result.disturbers.map((one) => one.name)}`] : [];
    console.log(`  ${result.title} | ${[times.join(", "), ratios.join(", "), ...judged, ...marked].join(" | ")}`);
  }

  close() {
    for (const server of this.#servers) server.close();
  }
}
