// node --experimental-wasm-relaxed-simd bench/run.mjs [folder that has onnxruntime-node and onnxruntime-web installed]
//
// Both sides in one run on 2 threads: deformable convolution and RoI pooling on the backend `simd` against torchvision and onnxruntime.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { registerSimdBackend, simdStatus } from "@ddl/backend-simd";
import { deformConv2d, roiAlign } from "@ddl/deform-conv";
import { ready } from "@ddl/deform-conv/simd";
import * as tf from "@tensorflow/tfjs-core";
import { deformConvModel } from "./onnxModel.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const threads = 2;
const rounds = 9;
const shapes = [
  { channels: 32, size: 128 },
  { channels: 64, size: 64 },
  { channels: 64, size: 128 },
  { channels: 256, size: 32 },
];

// `precise`: convolutions without Winograd's transform, to compare with.
registerSimdBackend({ threads, precise: true });
await tf.setBackend("simd");
await ready;
const folder = mkdtempSync(join(tmpdir(), "ddl-bench-"));
const torch = await startTorch();
const onnxruntime = process.argv[2] === undefined ? undefined : loadOnnxruntime(resolve(process.argv[2]));
const results = [];

for (const { channels, size } of shapes) {
  const name = `C${channels} ${size}²`;
  const random = (shape, seed) => tf.randomNormal(shape, 0, 1, "float32", seed);
  const inputs = {
    x: random([1, size, size, channels], 1),
    filter: random([3, 3, channels, channels], 2),
    offset: random([1, size, size, 18], 3),
    mask: random([1, size, size, 9], 4),
    dy: random([1, size, size, channels], 5),
  };
  for (const [file, tensor] of Object.entries(inputs)) writeFileSync(join(folder, file), tensor.dataSync());
  await torch.ask(`conv ${channels} ${size}`);
  const { x, filter, offset, mask, dy } = inputs;
  const convolve = (a, b, c, d) => deformConv2d(a, b, c, { mask: d, padding: 1 });
  const gradients = tf.valueAndGrads(convolve);
  const forward = {
    ours: side(() => [convolve(x, filter, offset, mask)]),
    "conv2d of the same shape, ours": side(() => [tf.conv2d(x, filter, 1, "same")], false),
    torchvision: torch.side("forward"),
    ...(await onnxruntime?.sides(inputs, { channels, size })),
  };
  await measure(`forward, ${name}`, forward);
  const both = {
    ours: side(() => {
      const { value, grads } = gradients([x, filter, offset, mask], dy);
      return [value, ...grads];
    }),
    torchvision: torch.side("both"),
  };
  await measure(`forward and backward, ${name}`, both);
  tf.dispose(inputs);
}
{
  const x = tf.randomNormal([1, 64, 64, 256], 0, 1, "float32", 1);
  const numbers = tf.randomUniform([512, 4], 0, 1, "float32", 2).arraySync();
  const boxes = numbers.map(([a, b, c, d]) => [0, a * 700, b * 700, a * 700 + 32 + 290 * c, b * 700 + 32 + 290 * d]);
  const rois = tf.tensor2d(boxes);
  writeFileSync(join(folder, "x"), x.dataSync());
  writeFileSync(join(folder, "rois"), rois.dataSync());
  await torch.ask("roi");
  const options = { outputSize: 7, spatialScale: 1 / 16, samplingRatio: 2, aligned: true };
  await measure("roiAlign, 512 RoIs × 256 channels, 7 × 7", {
    ours: side(() => [roiAlign(x, rois, options)]),
    torchvision: torch.side("align"),
  });
}
torch.close();
rmSync(folder, { recursive: true });

const git = (...words) => execFileSync("git", words, { cwd: here, encoding: "utf8" }).trim();
const record = {
  date: new Date().toISOString(),
  commit: git("rev-parse", "HEAD"),
  threads: simdStatus().threads,
  rounds,
  cpu: cpus()[0].model.trim(),
  cores: cpus().length,
  node: process.version,
  nodeFlags: process.execArgv.join(" ") || "none",
  versions: { ...torch.versions, ...onnxruntime?.versions },
  results,
};
writeFileSync(join(here, "results.json"), `${JSON.stringify(record, null, 2)}\n`);
process.exit(0);

/** A side of ours: `run` gives tensors. */
function side(run, compared = true) {
  return {
    values: compared ? async () => run().map((tensor) => tensor.dataSync()) : undefined,
    async time(repetitions) {
      const began = performance.now();
      for (let k = 0; k < repetitions; k++) tf.dispose(run());
      return (performance.now() - began) / repetitions;
    },
  };
}

/**
 * Compares the sides' values, then times all in each round, about 100 ms each. Threads of a side go on polling for a while when its work is
 * done: each side waits for them, and is called once for its data to come back into the caches.
 */
async function measure(title, sides) {
  const expected = await sides.ours.values();
  for (const [name, { values }] of Object.entries(sides)) {
    if (name !== "ours" && values !== undefined) compare(`${title}, ${name}`, expected, await values());
  }
  const times = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  const repetitions = {};
  for (const [name, { time }] of Object.entries(sides)) {
    await time(3);
    repetitions[name] = Math.max(1, Math.min(40, Math.round(100 / (await time(1)))));
    await time(repetitions[name]);
  }
  const loadBefore = loadavg()[0];
  for (let round = 0; round < rounds; round++) {
    for (const [name, { time }] of Object.entries(sides)) {
      await new Promise((done) => setTimeout(done, 100));
      await time(1);
      times[name].push(await time(repetitions[name]));
    }
  }
  const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
  const milliseconds = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
  const others = Object.entries(milliseconds).filter(([name]) => name !== "ours");
  const ratios = Object.fromEntries(others.map(([name, value]) => [name, value / milliseconds.ours]));
  const words = others.map(([name, value]) => `${ratios[name].toFixed(2)}× ${name} (${value.toFixed(2)} ms)`);
  console.log(`${title}: ${milliseconds.ours.toFixed(2)} ms; ${words.join(", ")}`);
  results.push({ title, ratios, milliseconds, times, loadBefore });
}

function compare(title, ours, theirs) {
  for (const [k, values] of theirs.entries()) {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error = values.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[k][i])), 0);
    if (values.length !== ours[k].length || !(error <= 1e-4 * largest)) {
      throw new Error(`${title}: result ${k} differs by ${error}, with values up to ${largest}.`);
    }
  }
}

async function startTorch() {
  const words = [join(here, "reference.py"), folder, String(threads)];
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
  const child = spawn("/usr/bin/python3", words, { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => JSON.parse((await lines.next()).value);
  const ask = (line) => {
    child.stdin.write(`${line}\n`);
    return answer();
  };
  const time = async (what, repetitions) => {
    const milliseconds = await ask(`${what} ${repetitions}`);
    await answer();
    return milliseconds;
  };
  return {
    versions: await answer(),
    ask,
    side: (what) => ({
      time: (repetitions) => time(what, repetitions),
      async values() {
        await time(what, 1);
        const count = what === "both" ? 5 : 1;
        return Array.from({ length: count }, (_, k) => {
          const { buffer, byteOffset, length } = readFileSync(join(folder, `result${k}`));
          return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
        });
      },
    }),
    close: () => child.stdin.end(),
  };
}

function loadOnnxruntime(place) {
  const require = createRequire(join(place, "package.json"));
  const versions = {};
  const libraries = ["onnxruntime-node", "onnxruntime-web"].map((name) => {
    versions[name] = JSON.parse(readFileSync(join(place, "node_modules", name, "package.json"), "utf8")).version;
    return [name, require(name)];
  });
  return {
    versions,
    async sides({ x, filter, offset, mask }, { channels, size }) {
      const model = deformConvModel({ channels, size, outputs: channels });
      const planes = (tensor) => tf.tidy(() => tf.transpose(tensor, [0, 3, 1, 2]).dataSync());
      const sides = {};
      for (const [name, library] of libraries) {
        library.env.wasm.numThreads = threads;
        // Both register with one common library, which would take the native one for either.
        const executionProviders = [name === "onnxruntime-web" ? "wasm" : "cpu"];
        const session = await library.InferenceSession.create(model, {
          intraOpNumThreads: threads,
          executionProviders,
        });
        const image = (tensor) => new library.Tensor("float32", planes(tensor), [1, tensor.shape[3], size, size]);
        const weights = tf.tidy(() => tf.transpose(filter, [3, 2, 0, 1]).dataSync());
        const feeds = {
          x: image(x),
          filter: new library.Tensor("float32", weights, [channels, channels, 3, 3]),
          offset: image(offset),
          bias: new library.Tensor("float32", new Float32Array(channels), [channels]),
          mask: image(mask),
        };
        sides[name] = {
          async time(repetitions) {
            const began = performance.now();
            for (let k = 0; k < repetitions; k++) await session.run(feeds);
            return (performance.now() - began) / repetitions;
          },
          async values() {
            const { y } = await session.run(feeds);
            return [tf.tidy(() => tf.transpose(tf.tensor(y.data, y.dims), [0, 2, 3, 1]).dataSync())];
          },
        };
      }
      return sides;
    },
  };
}
