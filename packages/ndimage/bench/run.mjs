// Times @ddl/ndimage (built) against scipy and scikit-image, both sides in turn: node packages/ndimage/bench/run.mjs [--trial]
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { distanceTransformEdt, gaussianFilter, label, randomWalker, watershed } from "@ddl/ndimage";
import ndarray from "ndarray";

const trial = process.argv.includes("--trial");
const size = 512;
const folder = mkdtempSync(join(tmpdir(), "ndimage-bench-"));
const reference = await startReference();

const read = (name, storage) => {
  const bytes = readFileSync(join(folder, name));
  return new storage(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const load = (name, storage) => ndarray(read(name, storage), [size, size]);
const image = load("image", Float64Array);
const blobs = load("blobs", Uint8Array);
const one = load("one", Uint8Array);
const edges = load("edges", Float64Array);
const two = load("two", Int32Array);
const seeds = load("seeds", Int32Array);

/** job: of the reference; storage: of its result; differing: largest part of the pixels that may differ, here 0 but for solvers. */
const rows = [
  { title: "distanceTransformEdt, blobs", job: "edtBlobs", run: () => distanceTransformEdt(blobs) },
  { title: "distanceTransformEdt, one zero", job: "edtOneZero", run: () => distanceTransformEdt(one) },
  { title: "label, blobs", job: "label", storage: Int32Array, run: () => label(blobs).labels },
  {
    title: "watershed of the Sobel image, two markers",
    job: "watershed",
    storage: Int32Array,
    run: () => watershed(edges, two),
  },
  {
    title: "gaussianFilter, σ 2",
    job: "gaussianFilter",
    tolerance: 1e-13,
    run: () => gaussianFilter(image, 2, { mode: "reflect" }),
  },
  {
    title: "randomWalker, two labels, tolerance 1e-3, multigrid",
    job: "randomWalker",
    storage: Int32Array,
    differing: 0.02,
    slow: true,
    run: () => randomWalker(image, seeds).labels,
  },
  {
    title: "randomWalker, two labels, tolerance 1e-3, jacobi",
    job: "randomWalker",
    storage: Int32Array,
    slow: true,
    run: () => randomWalker(image, seeds, { preconditioner: "jacobi" }).labels,
  },
];

const results = [];
for (const row of rows) results.push(await measure(row));
reference.process.stdin.end();
rmSync(folder, { recursive: true });

const git = (...words) =>
  execFileSync("git", ["--no-optional-locks", ...words], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
const record = {
  date: new Date().toISOString(),
  commit: git("rev-parse", "HEAD"),
  trial,
  size: [size, size],
  cpu: cpus()[0].model.trim(),
  cores: cpus().length,
  node: process.version,
  nodeFlags: process.execArgv.join(" ") || "none",
  versions: reference.versions,
  results,
};
writeFileSync(join(import.meta.dirname, "results.json"), `${JSON.stringify(record, null, 2)}\n`);

/** V8 compiles a function for good after some dozens of calls, which come first. In each round each side is called once, for its data to come back into the caches, and then for about 50 ms. */
async function measure({ title, job, storage = Float64Array, tolerance = 0, differing = 0, slow = false, run }) {
  const rounds = trial || slow ? 7 : 15;
  const sides = [
    {
      times: [],
      time: async (repetitions) => {
        const began = performance.now();
        for (let k = 0; k < repetitions; k++) run();
        return (performance.now() - began) / repetitions;
      },
    },
    { times: [], time: (repetitions) => reference.time(job, repetitions) },
  ];
  await reference.time(job, 1);
  const differingPixels = compare(title, run().data, read(`${job}.result`, storage), tolerance, differing);
  for (const side of sides) {
    if (!slow) await side.time(50);
    side.repetitions = slow ? 1 : Math.max(1, Math.round(50 / (await side.time(1))));
  }
  const loadBefore = loadavg()[0];
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      if (!slow) await side.time(1);
      side.times.push(await side.time(side.repetitions));
    }
  }
  const [ours, theirs] = sides.map(({ times, repetitions }) => ({ ...summary(times), repetitions }));
  const ratio = theirs.median / ours.median;
  console.log(`${ratio.toFixed(1)}×  ${ours.median.toFixed(2)} ms, reference ${theirs.median.toFixed(2)} ms: ${title}`);
  return { title, ratio, ours, reference: theirs, rounds, differingPixels, loadBefore };
}

/** Outputs are compared before the clock starts. @returns number of pixels that differ */
function compare(title, actual, expected, tolerance, differing) {
  let count = 0;
  for (let i = 0; i < expected.length; i++) if (!(Math.abs(actual[i] - expected[i]) <= tolerance)) count++;
  if (actual.length !== expected.length || count > differing * expected.length) {
    throw new Error(`${title}: ${count} of ${expected.length} pixels differ from the reference.`);
  }
  return count;
}

function median(values) {
  return quantile(values, 0.5);
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = part * (sorted.length - 1);
  return sorted[Math.floor(at)] + (at % 1) * (sorted[Math.ceil(at)] - sorted[Math.floor(at)]);
}

/** Milliseconds. */
function summary(values) {
  return {
    median: median(values),
    fastest: Math.min(...values),
    quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
  };
}

async function startReference() {
  const script = join(import.meta.dirname, "reference.py");
  const single = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  const child = spawn("/usr/bin/python3", [script, folder, String(size)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...single },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => JSON.parse((await lines.next()).value);
  const versions = await answer();
  const time = (job, repetitions) => {
    child.stdin.write(`${job} ${repetitions}\n`);
    return answer();
  };
  return { process: child, versions, time };
}
