// What an empty parallel region costs, the calling thread taking part: with workers that poll, and that sleep.
// Build the package first, then: node packages/simd/bench/dispatch.mjs [--threads 2] [--trial] [--out <file.json>]
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import asc from "assemblyscript/asc";

const { values } = parseArgs({
  options: {
    threads: { type: "string", default: "2" },
    out: { type: "string" },
    trial: { type: "boolean", default: false },
  },
});
const threads = Number(values.threads);
const { createRuntime } = await import(new URL("../dist/index.js", import.meta.url).href);
const runtime = await createRuntime({ threads });
if (runtime.threads !== threads) throw new Error(`${threads} threads wanted: ${runtime.threadsLost}`);
const { nothing } = await runtime.loadKernels(await compileNothing(), ["nothing"]);
const region = () => runtime.parallelFor(nothing, threads, []);

const loadBefore = loadavg()[0];
const [hotCount, parkedCount] = values.trial ? [1000, 20] : [50_000, 500];
for (let k = 0; k < 20_000; k++) region();

const hot = [];
for (let k = 0; k < hotCount; k++) hot.push(microseconds(region));

const parked = [];
for (let k = 0; k < parkedCount; k++) {
  // An idle worker polls for about a millisecond: after ten it sleeps.
  await new Promise((resolve) => setTimeout(resolve, 10));
  parked.push(microseconds(region));
}

const clock = [];
for (let k = 0; k < hotCount; k++) clock.push(microseconds(() => {}));

const result = {
  threads,
  trial: values.trial,
  load: { before: loadBefore, after: loadavg()[0] },
  // In every number; not taken off.
  clockMicroseconds: summarize(clock),
  hotMicroseconds: summarize(hot),
  parkedMicroseconds: summarize(parked),
};
for (const [name, { median, p95 }] of Object.entries(result).filter(([, value]) => value.p95 !== undefined)) {
  console.log(`  ${name}: median ${median.toFixed(2)}, p95 ${p95.toFixed(2)}`);
}
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
await runtime.close();

function microseconds(run) {
  const began = performance.now();
  run();
  return (performance.now() - began) * 1000;
}

function summarize(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)];
  return { count: times.length, lowerQuartile: at(0.25), median: at(0.5), upperQuartile: at(0.75), p95: at(0.95) };
}

/** A kernel that does nothing. */
async function compileNothing() {
  let bytes;
  const options = "nothing.ts -o nothing.wasm --runtime stub -O3 --importMemory --sharedMemory";
  const memory = "--initialMemory 1 --maximumMemory 65536 --enable threads";
  const { error, stderr } = await asc.main([...options.split(" "), ...memory.split(" ")], {
    readFile: (name) => (name === "nothing.ts" ? "export function nothing(chunk: i32, scratch: usize): void {}" : null),
    writeFile: (_name, content) => {
      bytes = content;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(stderr.toString(), { cause: error });
  return bytes;
}
