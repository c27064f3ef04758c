// node packages/deform-conv/bench/webgpu.mjs
//
// deformConv2d on TensorFlow.js' backend webgpu in Node: the kernels of this package against operations of tfjs-core on the same device.
// Without a graphics card the device is the software driver that ships with Chromium. Writes webgpu.json.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { create, globals } from "webgpu";
import { vulkanEnvironment } from "../../../scripts/chrome.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, "navigator", { value: { gpu: create([]), userAgent: "" }, configurable: true });
const adapter = await navigator.gpu.requestAdapter();
if (adapter === null) {
  // A driver is found by variables that must be set before the start.
  if (process.env.DDL_VULKAN_TRIED !== undefined) throw new Error("No adapter for WebGPU.");
  const env = { ...process.env, ...vulkanEnvironment, DDL_VULKAN_TRIED: "1" };
  process.exit(spawnSync(process.execPath, process.argv.slice(1), { env, stdio: "inherit" }).status ?? 1);
}
await import("@tensorflow/tfjs-backend-webgpu");
const { deformConv2d } = await import("@ddl/deform-conv");
await import("@ddl/deform-conv/webgpu");
await tf.setBackend("webgpu");

const rounds = 7;
const shapes = [
  { channels: 16, size: 32 },
  { channels: 32, size: 64 },
  { channels: 64, size: 32 },
  { channels: 128, size: 16 },
];
const kernels = tf.getKernelsForBackend("webgpu").filter(({ kernelName }) => kernelName.startsWith("DeformConv2d"));
const sides = {
  ours() {
    for (const kernel of kernels) if (!tf.getKernel(kernel.kernelName, "webgpu")) tf.registerKernel(kernel);
  },
  "operations of tfjs-core"() {
    for (const { kernelName } of kernels) {
      if (tf.getKernel(kernelName, "webgpu")) tf.unregisterKernel(kernelName, "webgpu");
    }
  },
};
const results = [];

for (const { channels, size } of shapes) {
  const random = (shape, seed) => tf.randomNormal(shape, 0, 1, "float32", seed);
  const inputs = [
    random([1, size, size, channels], 1),
    random([3, 3, channels, channels], 2),
    random([1, size, size, 18], 3),
    random([1, size, size, 9], 4),
  ];
  const dy = random([1, size, size, channels], 5);
  const convolve = (x, filter, offset, mask) => deformConv2d(x, filter, offset, { mask, padding: 1 });
  const gradients = tf.valueAndGrads(convolve);
  const works = {
    forward: () => [convolve(...inputs)],
    "forward and backward": () => {
      const { value, grads } = gradients(inputs, dy);
      return [value, ...grads];
    },
  };
  for (const [work, run] of Object.entries(works)) await measure(`${work}, C${channels} ${size}²`, run);
  tf.dispose([inputs, dy]);
}

const git = (...words) => execFileSync("git", words, { cwd: here, encoding: "utf8" }).trim();
const require = createRequire(import.meta.url);
const versionOf = (name) => JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8")).version;
const { vendor, architecture, description } = adapter.info;
const record = {
  date: new Date().toISOString(),
  commit: git("rev-parse", "HEAD"),
  rounds,
  device: [vendor, architecture, description].filter(Boolean).join(", "),
  cpu: cpus()[0].model.trim(),
  cores: cpus().length,
  node: process.version,
  versions: { "tfjs-backend-webgpu": versionOf("@tensorflow/tfjs-backend-webgpu") },
  results,
};
writeFileSync(new URL("webgpu.json", import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
process.exit(0);

/** Waits until the device has done all that was asked of it. */
async function finished() {
  const backend = tf.backend();
  backend.endComputePassEncoder();
  if (backend.commandEncoder !== null) backend.submitQueue();
  await backend.queue.onSubmittedWorkDone();
}

/** Compares both sides, then times them in turns. */
async function measure(title, run) {
  const values = {};
  for (const [name, use] of Object.entries(sides)) {
    use();
    const tensors = run();
    values[name] = await Promise.all(tensors.map((tensor) => tensor.data()));
    tf.dispose(tensors);
  }
  const [ours, theirs] = Object.values(values);
  for (const [k, wanted] of theirs.entries()) {
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[k][i])), 0);
    if (!(error <= 1e-4 * largest)) throw new Error(`${title}: result ${k} differs by ${error} of ${largest}.`);
  }
  const times = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  const loadBefore = loadavg()[0];
  for (let round = 0; round < rounds; round++) {
    for (const [name, use] of Object.entries(sides)) {
      use();
      await finished();
      const began = performance.now();
      tf.dispose(run());
      await finished();
      times[name].push(performance.now() - began);
    }
  }
  const median = (all) => [...all].sort((a, b) => a - b)[all.length >> 1];
  const milliseconds = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
  const [mine, other] = Object.values(milliseconds);
  console.log(
    `${title}: ${mine.toFixed(1)} ms, ${(other / mine).toFixed(2)}× operations of tfjs-core (${other.toFixed(1)} ms)`,
  );
  results.push({ title, ratio: other / mine, milliseconds, times, loadBefore });
}
