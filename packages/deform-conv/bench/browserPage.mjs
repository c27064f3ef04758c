// The page that browser.mjs measures in.
import { registerSimdBackend, simdStatus } from "@ddl/backend-simd";
import { deformConv2d } from "@ddl/deform-conv";
import { ready } from "@ddl/deform-conv/simd";
import * as tf from "@tensorflow/tfjs-core";
import { deformConvModel } from "./onnxModel.mjs";

/** Where the server has onnxruntime-web. */
const folder = "/ort/";
const threads = 2;
const rounds = 9;
const shapes = [
  { channels: 32, size: 128 },
  { channels: 64, size: 64 },
  { channels: 64, size: 128 },
  { channels: 256, size: 32 },
];

async function run() {
  if (!crossOriginIsolated) throw new Error("The page is not isolated: there are no threads.");
  const onnxruntime = await import(`${folder}ort.wasm.min.mjs`);
  onnxruntime.env.wasm.numThreads = threads;
  onnxruntime.env.wasm.wasmPaths = folder;
  registerSimdBackend({ threads });
  await tf.setBackend("simd");
  await ready;
  const results = [];
  for (const { channels, size } of shapes) results.push(await measure(onnxruntime, channels, size));
  return { threads: simdStatus().threads, rounds, results };
}

/** Compares both sides, then times them in turns, about 100 ms each. */
async function measure(onnxruntime, channels, size) {
  const random = (shape, seed) => tf.randomNormal(shape, 0, 1, "float32", seed);
  const x = random([1, size, size, channels], 1);
  const filter = random([3, 3, channels, channels], 2);
  const offset = random([1, size, size, 18], 3);
  const mask = random([1, size, size, 9], 4);
  const session = await onnxruntime.InferenceSession.create(deformConvModel({ channels, size, outputs: channels }), {
    intraOpNumThreads: threads,
    executionProviders: ["wasm"],
  });
  const turned = (tensor, axes) => tf.tidy(() => tf.transpose(tensor, axes).dataSync().slice());
  const image = (tensor) =>
    new onnxruntime.Tensor("float32", turned(tensor, [0, 3, 1, 2]), [1, tensor.shape[3], size, size]);
  const feeds = {
    x: image(x),
    filter: new onnxruntime.Tensor("float32", turned(filter, [3, 2, 0, 1]), [channels, channels, 3, 3]),
    offset: image(offset),
    bias: new onnxruntime.Tensor("float32", new Float32Array(channels), [channels]),
    mask: image(mask),
  };
  const convolve = () => deformConv2d(x, filter, offset, { mask, padding: 1 });
  const sides = {
    ours: () => convolve().dispose(),
    "onnxruntime-web": () => session.run(feeds),
  };

  const value = convolve();
  const { y } = await session.run(feeds);
  const [ours, theirs] = [turned(value, [0, 3, 1, 2]), y.data];
  value.dispose();
  const largest = theirs.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const error = theirs.reduce((most, v, i) => Math.max(most, Math.abs(v - ours[i])), 0);
  if (!(error <= 1e-4 * largest)) throw new Error(`C${channels}: results differ by ${error} of ${largest}.`);

  const time = async (call, repetitions) => {
    const began = performance.now();
    for (let k = 0; k < repetitions; k++) await call();
    return (performance.now() - began) / repetitions;
  };
  const times = {};
  const repetitions = {};
  for (const [name, call] of Object.entries(sides)) {
    times[name] = [];
    await time(call, 3);
    repetitions[name] = Math.max(1, Math.min(40, Math.round(100 / (await time(call, 1)))));
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of Object.entries(sides)) {
      // Threads of the other side go on polling for a while.
      await new Promise((done) => setTimeout(done, 100));
      await time(call, 1);
      times[name].push(await time(call, repetitions[name]));
    }
  }
  const median = (all) => [...all].sort((a, b) => a - b)[all.length >> 1];
  const milliseconds = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
  const ratio = milliseconds["onnxruntime-web"] / milliseconds.ours;
  const title = `forward, C${channels} ${size}²`;
  console.log(`${title}: ${milliseconds.ours.toFixed(2)} ms, ${ratio.toFixed(2)}× onnxruntime-web`);
  tf.dispose([x, filter, offset, mask]);
  await session.release();
  return { title, ratio, milliseconds, times };
}

run().then(
  (measured) => {
    window.measured = measured;
  },
  (error) => {
    window.measured = { error: String(error?.stack ?? error) };
  },
);
