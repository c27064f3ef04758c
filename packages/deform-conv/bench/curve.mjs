// node --experimental-wasm-relaxed-simd bench/curve.mjs: time a pixel and memory beside inputs and results by size, 32 channels, 2 threads.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { registerSimdBackend } from "@ddl/backend-simd";
import { deformConv2d } from "@ddl/deform-conv";
import { ready } from "@ddl/deform-conv/simd";
import * as tf from "@tensorflow/tfjs-core";

const channels = 32;
registerSimdBackend({ threads: 2 });
await tf.setBackend("simd");
await ready;
const { heap } = tf.backend().runtime;

/** Most bytes that are held while `run` makes its results, beyond what is held before and after it. */
function extraBytes(run) {
  const before = heap.held;
  let most = before;
  const allocate = heap.allocate.bind(heap);
  heap.allocate = (bytes) => {
    const address = allocate(bytes);
    most = Math.max(most, heap.held);
    return address;
  };
  const results = run();
  delete heap.allocate;
  const after = heap.held;
  tf.dispose(results);
  return most - after;
}

const results = [];
for (const size of [128, 256, 512, 1024, 2048]) {
  const random = (shape, seed) => tf.randomUniform(shape, -1, 1, "float32", seed);
  const image = [1, size, size, channels];
  const inputs = [
    random(image, 1),
    random([3, 3, channels, channels], 2),
    random([1, size, size, 18], 3),
    random([1, size, size, 9], 4),
  ];
  const convolve = (x, filter, offset, mask) => deformConv2d(x, filter, offset, { mask, padding: 1 });
  const runs = { forward: () => [convolve(...inputs)] };
  if (size <= 1024) {
    const dy = random(image, 5);
    const gradients = tf.valueAndGrads(convolve);
    runs["forward and backward"] = () => {
      const { value, grads } = gradients(inputs, dy);
      return [value, ...grads];
    };
  }
  for (const [title, run] of Object.entries(runs)) {
    tf.dispose(run());
    const times = [];
    for (let k = 0; k < Math.max(3, Math.min(15, 2 ** 20 / size ** 2)); k++) {
      const began = performance.now();
      tf.dispose(run());
      times.push(performance.now() - began);
    }
    const median = times.sort((a, b) => a - b)[times.length >> 1];
    const row = {
      title,
      size,
      nanosecondsAPixel: (1e6 * median) / size ** 2,
      extraMegabytes: extraBytes(run) / 2 ** 20,
    };
    console.log(
      `${title}, ${size}²: ${row.nanosecondsAPixel.toFixed(0)} ns a pixel, ${row.extraMegabytes.toFixed(2)} MiB besides`,
    );
    results.push(row);
  }
  tf.disposeVariables();
  for (const tensor of inputs) tensor.dispose();
}
const record = {
  date: new Date().toISOString(),
  cpu: cpus()[0].model.trim(),
  node: process.version,
  channels,
  results,
};
const file = fileURLToPath(new URL("curve.json", import.meta.url));
writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
process.exit(0);
