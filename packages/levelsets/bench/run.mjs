// Times @ddl/levelsets (built) against scikit-image, both sides in turn: node packages/levelsets/bench/run.mjs [--trial]
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chanVese } from "@ddl/levelsets";
import { createSimdChanVese } from "@ddl/levelsets/simd";
import { createRuntime } from "@ddl/simd";
import ndarray from "ndarray";

const trial = process.argv.includes("--trial");
const rounds = trial ? 7 : 15;
const size = 512;
const iterations = 10;
const folder = mkdtempSync(join(tmpdir(), "levelsets-bench-"));
const reference = await startReference();

const read = (name, storage) => {
  const bytes = readFileSync(join(folder, name));
  return new storage(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const images = {
  float64: ndarray(read("float64", Float64Array), [size, size]),
  float32: ndarray(read("float32", Float32Array), [size, size]),
};
const run = (job, energies, scheme = "skimage") =>
  chanVese(images[job], { tolerance: 0, maxIterations: iterations, energies, scheme }).phi.data;

const results = [];
for (const job of ["float64", "float32"]) {
  for (const energies of ["curvature", "length", false]) results.push(await measure(job, energies));
}
results.push(await measure("float64", false, "ipol"));
for (const threads of [1, 2]) results.push(await measureSimd(threads));
reference.process.stdin.end();
rmSync(folder, { recursive: true });

const git = (...words) =>
  execFileSync("git", ["--no-optional-locks", ...words], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
const record = {
  date: new Date().toISOString(),
  commit: git("rev-parse", "HEAD"),
  trial,
  size: [size, size],
  iterations,
  cpu: cpus()[0].model.trim(),
  cores: cpus().length,
  node: process.version,
  nodeFlags: process.execArgv.join(" ") || "none",
  versions: reference.versions,
  results,
};
writeFileSync(join(import.meta.dirname, "results.json"), `${JSON.stringify(record, null, 2)}\n`);

/** Milliseconds an iteration, from whole calls. V8 compiles in the calls that come first; in each round the sides take turns. */
async function measure(job, energies, scheme = "skimage") {
  const title = `${job}, ${energies ? `energies: "${energies}"` : "no energies"}${scheme === "ipol" ? ", ipol" : ""}`;
  await reference.time(job, 1);
  const storage = images[job].data.constructor;
  const difference = scheme === "ipol" ? undefined : compare(title, run(job, energies), read(`${job}.result`, storage));
  for (let k = 0; k < 5; k++) run(job, energies, scheme);
  const loadBefore = loadavg()[0];
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    run(job, energies, scheme);
    ours.push((performance.now() - began) / iterations);
    theirs.push(await reference.time(job, 1));
  }
  const [a, b] = [summary(ours), summary(theirs)];
  const ratio = b.median / a.median;
  console.log(`${ratio.toFixed(1)}×  ${a.median.toFixed(2)} ms, reference ${b.median.toFixed(1)} ms: ${title}`);
  return { title, ratio, ours: a, reference: b, rounds, difference, loadBefore };
}

/** As `measure`, of float32 on SIMD: the copy into the runtime and out of it is in the time. */
async function measureSimd(threads) {
  const title = `float32 on SIMD, threads: ${threads}`;
  const runtime = await createRuntime({ threads });
  const once = async () => {
    const solver = await createSimdChanVese(images.float32, { tolerance: 0, runtime });
    solver.step(iterations);
    const { data } = solver.phi();
    solver.dispose();
    return data;
  };
  await reference.time("float32", 1);
  const difference = compare(title, await once(), read("float32.result", Float32Array));
  for (let k = 0; k < 5; k++) await once();
  const loadBefore = loadavg()[0];
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await once();
    ours.push((performance.now() - began) / iterations);
    theirs.push(await reference.time("float32", 1));
  }
  await runtime.close();
  const [a, b] = [summary(ours), summary(theirs)];
  const ratio = b.median / a.median;
  console.log(`${ratio.toFixed(1)}×  ${a.median.toFixed(2)} ms, reference ${b.median.toFixed(1)} ms: ${title}`);
  return { title, ratio, ours: a, reference: b, rounds, difference, loadBefore };
}

/** Outputs are compared before the clock starts. @returns pixels on another side, and the largest difference of φ */
function compare(title, actual, expected) {
  let otherSide = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] > 0 !== expected[i] > 0) otherSide++;
    largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
  }
  if (actual.length !== expected.length || otherSide > 0 || !(largest < 1e-5)) {
    throw new Error(
      `${title}: ${otherSide} pixels on another side than the reference's, φ differs by up to ${largest}.`,
    );
  }
  return { otherSide, largest };
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = part * (sorted.length - 1);
  return sorted[Math.floor(at)] + (at % 1) * (sorted[Math.ceil(at)] - sorted[Math.floor(at)]);
}

/** Milliseconds. */
function summary(values) {
  return {
    median: quantile(values, 0.5),
    fastest: Math.min(...values),
    quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
  };
}

async function startReference() {
  const script = join(import.meta.dirname, "reference.py");
  const single = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  const child = spawn("/usr/bin/python3", [script, folder, String(size), String(iterations)], {
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
