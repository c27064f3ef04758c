import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/**
 * A program whose workers can be ended: at once, or in the middle of a kernel, by a flag that makes the next one there end its thread as
 * a crash would. The minute after which the backend gives a job up passes in 60 ms then.
 */
const program = `
  import { syncBuiltinESMExports } from "node:module";
  import workerThreads from "node:worker_threads";
  import * as tf from "@tensorflow/tfjs-core";
  import { registerSimdBackend, simdStatus } from "@ddl/backend-simd";

  const flag = new Int32Array(new SharedArrayBuffer(4));
  const workers = [];
  const prelude = \`
    const flag = process.getBuiltinModule("node:worker_threads").workerData;
    const { Instance } = WebAssembly;
    WebAssembly.Instance = class {
      constructor(module, imports) {
        const ending = (run) => (...words) => {
          if (Atomics.load(flag, 0) === 1) process.exit(7);
          run(...words);
        };
        const kernels = Object.entries(new Instance(module, imports).exports);
        this.exports = Object.fromEntries(kernels.map(([name, run]) => [name, typeof run === "function" ? ending(run) : run]));
      }
    };\`;
  const { Worker } = workerThreads;
  workerThreads.Worker = class extends Worker {
    constructor(text, options) {
      super(prelude + text, { ...options, workerData: flag });
      workers.push(this);
    }
  };
  syncBuiltinESMExports();

  registerSimdBackend({ threads: 2 });
  await tf.setBackend("simd");
  const numbers = (length) => Float32Array.from({ length }, (_, i) => (i % 7) - 3);
  const x = tf.tensor(numbers(2 * 80 * 72 * 16), [2, 80, 72, 16]);
  const w = tf.tensor(numbers(5 * 3 * 16 * 24), [5, 3, 16, 24]);
  const result = () => tf.tidy(() => tf.conv2d(x, w, 1, "same").dataSync()).reduce((sum, value, i) => sum + value * (i % 11), 0);
  const held = () => [tf.memory().numTensors, tf.memory().numBytesInHeap];
  const right = result();
  const before = held();
  const { threads } = simdStatus();
  let message = "no error";
  if (ENDED === "idle") {
    await workers[0].terminate();
  } else {
    const now = performance.now.bind(performance);
    performance.now = () => now() * 1000;
    Atomics.store(flag, 0, 1);
    for (let job = 0; job < 50 && message === "no error"; job++) {
      try {
        result();
      } catch (error) {
        ({ message } = error);
      }
    }
    Atomics.store(flag, 0, 0);
  }
  const kept = held().map((value, k) => value - before[k]);
  const said = { workers: workers.length, threads, message, kept, same: result() === right, after: simdStatus() };
  console.log(JSON.stringify(said));`;

const run = (ended: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const words = ["--input-type=module", "-e", program.replace("ENDED", JSON.stringify(ended))];
    const cwd = dirname(fileURLToPath(import.meta.url));
    execFile(process.execPath, words, { cwd, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(`${error.signal}: ${stdout}${stderr}`));
    });
  });

test("a worker that ends in the middle of a kernel is an error and no hang; one thread goes on and nothing is lost", async () => {
  expect(await run("in a kernel")).toEqual({
    workers: 1,
    threads: 2,
    message:
      "parallelFor: a worker claimed a chunk and did not finish it within 60000 ms; it may have been ended. " +
      "The result is incomplete. From now on one thread computes.",
    kept: [0, 0],
    same: true,
    after: { threads: 1, threadsLost: "a worker did not finish its part of a job" },
  });
});

test("a worker that ends between kernels is told, and one thread goes on", async () => {
  expect(await run("idle")).toEqual({
    workers: 1,
    threads: 2,
    message: "no error",
    kept: [0, 0],
    same: true,
    after: { threads: 1, threadsLost: "exit code 1" },
  });
});
