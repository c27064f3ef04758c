// Times functions of ours against a Python reference, both sides in turn in one run.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Keeps what is freed: numpy's arrays then lie in the same pages at every call. */
const keepMemory = { MALLOC_MMAP_MAX_: "0", MALLOC_TRIM_THRESHOLD_: "4000000000", MALLOC_TOP_PAD_: "200000000" };

/**
 * Starts a script that is given a folder and these words, writes its inputs there, and answers a first line of its versions; then, for
 * each line `<job> <repetitions>`, runs the job, writes `<job>.result`, and answers the milliseconds of one.
 *
 * It runs twice: as it is installed, and, as `kept`, with memory that is kept: on a virtual machine the faults of fresh pages make numpy up
 * to five times slower.
 */
export async function startReference(script, ...words) {
  const reference = await startProcess(script, words, {});
  return { ...reference, kept: await startProcess(script, words, keepMemory) };
}

async function startProcess(script, words, memory) {
  const folder = mkdtempSync(join(tmpdir(), "ddl-bench-"));
  const single = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  const child = spawn("/usr/bin/python3", [script, folder, ...words.map(String)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...single, ...memory },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => JSON.parse((await lines.next()).value);
  const versions = await answer();
  return {
    versions,
    /** What the script wrote under a name. */
    read(name, storage) {
      const bytes = readFileSync(join(folder, name));
      return new storage(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    },
    time(job, repetitions) {
      child.stdin.write(`${job} ${repetitions}\n`);
      return answer();
    },
    close() {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Measures every row and writes `results.json` beside the bench. */
export async function measureAll(folder, reference, rows, { trial, ...facts }) {
  const results = [];
  for (const row of rows) results.push(await measure(reference, row, trial));
  reference.close();
  reference.kept.close();
  const git = (...words) =>
    execFileSync("git", ["--no-optional-locks", ...words], { cwd: folder, encoding: "utf8" }).trim();
  const record = {
    date: new Date().toISOString(),
    commit: git("rev-parse", "HEAD"),
    trial,
    ...facts,
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    node: process.version,
    nodeFlags: process.execArgv.join(" ") || "none",
    versions: reference.versions,
    results,
  };
  writeFileSync(join(folder, "results.json"), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * One row: `job` of the reference and `run` of ours, which gives an ndarray or the promise of one; `storage` of the result; `tolerance` of a value; `differing`,
 * the largest part of the values that may differ; `iterations`, by which times are divided; `slow`: single calls
 * of both sides, `slowReference`: of the reference.
 *
 * V8 compiles a function for good after some dozens of calls, which come first. In each round each side is called once, for its data to
 * come back into the caches, and then for about 50 ms.
 */
async function measure(reference, row, trial) {
  const { title, job, storage = Float64Array, tolerance = 0, differing = 0, iterations = 1, slow = false, run } = row;
  const slowReference = slow || row.slowReference === true;
  const rounds = trial || slowReference ? 7 : 15;
  const sides = [
    {
      slow,
      times: [],
      time: async (repetitions) => {
        const began = performance.now();
        for (let k = 0; k < repetitions; k++) {
          const result = run();
          if (result instanceof Promise) await result;
        }
        return (performance.now() - began) / repetitions / iterations;
      },
    },
    ...[reference, reference.kept].map((side) => ({
      slow: slowReference,
      times: [],
      time: async (repetitions) => (await side.time(job, repetitions)) / iterations,
    })),
  ];
  for (const side of [reference, reference.kept]) await side.time(job, 1);
  const differingPixels = compare(
    title,
    (await run()).data,
    reference.read(`${job}.result`, storage),
    tolerance,
    differing,
  );
  for (const side of sides) {
    if (!side.slow) await side.time(50);
    side.repetitions = side.slow ? 1 : Math.max(1, Math.round(50 / iterations / (await side.time(1))));
  }
  const loadBefore = loadavg()[0];
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      if (!side.slow) await side.time(1);
      side.times.push(await side.time(side.repetitions));
    }
  }
  const [ours, theirs, kept] = sides.map(({ times, repetitions }) => ({ ...summary(times), repetitions }));
  const ratio = theirs.median / ours.median;
  const ratioKept = kept.median / ours.median;
  const milliseconds = `reference ${theirs.median.toFixed(2)} ms, ${kept.median.toFixed(2)} ms with memory kept`;
  console.log(
    `${ratio.toFixed(1)}×, ${ratioKept.toFixed(1)}×  ${ours.median.toFixed(3)} ms, ${milliseconds}: ${title}`,
  );
  return {
    ...{ title, ratio, ratioKept, ours, reference: theirs, referenceKept: kept },
    ...{ rounds, differingPixels, loadBefore },
  };
}

/** Outputs are compared before the clock starts. @returns number of pixels that differ */
function compare(title, actual, expected, tolerance, differing) {
  let count = 0;
  for (let i = 0; i < expected.length; i++) if (!(Math.abs(actual[i] - expected[i]) <= tolerance)) count++;
  if (actual.length !== expected.length || count > differing * expected.length) {
    throw new Error(`${title}: ${count} of ${expected.length} values differ from the reference.`);
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
