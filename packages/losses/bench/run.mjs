// Time of forward + backward and peak memory of the fused losses beside the naive compositions, 8×256×256×1 and ×4.
//   node packages/losses/bench/run.mjs [--backends simd,cpu] [--rounds 15] [--trial]
// Build packages/losses, simd and backend-simd first, and let nothing else run. --trial writes no results.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { naiveLosses } from "./naive.mjs";

const { values: flags } = parseArgs({
  options: {
    backends: { type: "string", default: "simd,cpu" },
    rounds: { type: "string", default: "15" },
    trial: { type: "boolean", default: false },
  },
});
const packages = new URL("../../", import.meta.url);
const own = createRequire(import.meta.url);
const tf = own("@tensorflow/tfjs-core");
own("@tensorflow/tfjs-layers"); // the gradients
createRequire(new URL("backend-simd/package.json", packages))("@tensorflow/tfjs-backend-cpu");
const losses = await import(new URL("losses/dist/index.js", packages).href);
if (flags.backends.includes("simd")) await import(new URL("backend-simd/dist/index.js", packages).href);

const logits = { fromLogits: true };
const fused = {
  diceAll: (t, z) => losses.diceLoss(t, z, logits),
  diceSampleClass: (t, z) => losses.diceLoss(t, z, { ...logits, reference: "monai" }),
  diceSquared: (t, z) => losses.diceLoss(t, z, { ...logits, squared: true, smooth: 0 }),
  tversky: (t, z) => losses.tverskyLoss(t, z, { ...logits, alpha: 0.3, beta: 0.7 }),
  crossEntropy: (t, z) =>
    z.shape.at(-1) === 1 ? losses.binaryCrossEntropy(t, z, logits) : losses.categoricalCrossEntropy(t, z, logits),
  focal: (t, z) => losses.focalLoss(t, z, logits),
  diceCrossEntropy: (t, z) => losses.diceCrossEntropy(t, z, logits),
};
const naive = naiveLosses(tf);
/** Sorted on the host: there is no naive composition to compare with. */
const alone = {
  lovaszHinge: [1, (t, z) => losses.lovaszHingeLoss(t, z, { fromLogits: true })],
  lovaszSoftmax: [4, (t, z) => losses.lovaszSoftmaxLoss(t, z, logits)],
  topK: [1, (t, z) => losses.topKLoss(t, z, logits)],
};

/** Most bytes that the backend holds while `run` runs, above what it held before: each buffer once, those inside kernels too. */
function peakOf(run) {
  const { backend } = tf.engine();
  if (backend.memory?.().numBytesInHeap !== undefined) return peakOfHeap(backend, run);
  // The backend cpu: its storage holds one entry a buffer.
  const { data } = backend;
  const held = new Map();
  let bytes = 0;
  let most = 0;
  const [set, remove] = [data.set, data.delete];
  data.set = function (id, value) {
    const size = value.values?.byteLength ?? 0;
    bytes += size - (held.get(id) ?? 0);
    held.set(id, size);
    most = Math.max(most, bytes);
    return set.call(this, id, value);
  };
  data.delete = function (id) {
    bytes -= held.get(id) ?? 0;
    held.delete(id);
    return remove.call(this, id);
  };
  run();
  delete data.set;
  delete data.delete;
  return most;
}

/** The same on simd, whose heap tells what it holds: read whenever the engine registers or drops a tensor. */
function peakOfHeap(backend, run) {
  const { state } = tf.engine();
  const before = backend.memory().numBytesInHeap;
  let most = 0;
  let bytes = state.numBytes;
  Object.defineProperty(state, "numBytes", {
    configurable: true,
    get: () => bytes,
    set(value) {
      bytes = value;
      most = Math.max(most, backend.memory().numBytesInHeap - before);
    },
  });
  run();
  Object.defineProperty(state, "numBytes", { configurable: true, writable: true, enumerable: true, value: bytes });
  return most;
}

const step = (loss, t, z) => () => {
  const { value, grad } = tf.valueAndGrad((x) => loss(t, x))(z);
  const numbers = [value.dataSync()[0], grad.dataSync()[1]];
  tf.dispose([value, grad]);
  return numbers;
};
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
const timed = (run) => {
  const start = performance.now();
  run();
  return performance.now() - start;
};

const rows = [];
for (const backend of flags.backends.split(",")) {
  if (!(await tf.setBackend(backend))) throw new Error(`${backend} did not start`);
  await tf.ready();
  for (const channels of [1, 4]) {
    const shape = [8, 256, 256, channels];
    const full = 4 * 8 * 256 * 256 * channels;
    const [t, z] = tf.tidy(() => {
      const labels = tf.cast(tf.greater(tf.randomUniform(shape.slice(0, 3), 0, 1, "float32", 3), 0.8), "int32");
      const target = channels === 1 ? tf.expandDims(labels, -1) : tf.oneHot(labels, channels);
      return [tf.cast(target, "float32"), tf.randomNormal(shape, 0, 2, "float32", 5)];
    });
    const pairs = Object.keys(fused).map((name) => [name, fused[name], naive[name].bind(naive)]);
    const singles = Object.entries(alone).flatMap(([name, [of, loss]]) => (of === channels ? [[name, loss]] : []));
    for (const [name, ours, theirs] of [...pairs, ...singles]) {
      const sides = { ours: step(ours, t, z), ...(theirs ? { naive: step(theirs, t, z) } : {}) };
      const results = Object.fromEntries(Object.entries(sides).map(([side, run]) => [side, run()]));
      if (theirs && Math.abs(results.ours[0] - results.naive[0]) > 1e-4 * Math.abs(results.naive[0])) {
        throw new Error(`${name} differs: ${JSON.stringify(results)}`);
      }
      const times = Object.fromEntries(Object.keys(sides).map((side) => [side, []]));
      const rounds = Number(flags.rounds);
      for (let k = 0; k < rounds; k++) for (const [side, run] of Object.entries(sides)) times[side].push(timed(run));
      const row = { backend, channels, name };
      for (const [side, run] of Object.entries(sides)) {
        row[side] = { milliseconds: round(median(times[side])), peak: round(peakOf(run) / full) };
      }
      rows.push(row);
      console.log(JSON.stringify(row));
    }
    tf.dispose([t, z]);
  }
}

function round(value) {
  return Math.round(value * 100) / 100;
}

const git = (...words) => execFileSync("git", words, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
const environment = {
  date: new Date().toISOString(),
  commit: git("rev-parse", "HEAD"),
  cpu: cpus()[0].model.trim(),
  cores: cpus().length,
  load: loadavg()[0],
  node: process.version,
  rounds: Number(flags.rounds),
};
if (!flags.trial) {
  const results = new URL("results/", import.meta.url);
  writeFileSync(new URL("losses.json", results), `${JSON.stringify({ environment, rows }, null, 1)}\n`);
  writeFileSync(new URL("README.md", results), page(environment, rows));
}

function page({ date, commit, cpu, cores, node, load, rounds }, list) {
  const cells = (row) => {
    const { ours, naive: other } = row;
    const ratio = other ? (other.milliseconds / ours.milliseconds).toFixed(2) : "";
    const beside = other ? [other.milliseconds, ratio, ours.peak, other.peak] : ["", "", ours.peak, ""];
    return `| ${[row.backend, row.channels, row.name, ours.milliseconds, ...beside].join(" | ")} |`;
  };
  return `# Losses: forward + backward at 8×256×256

\`node packages/losses/bench/run.mjs\`, ${date.slice(0, 10)}, commit ${commit.slice(0, 7)}, ${cpu}, ${cores} cores, Node ${node}, load ${load.toFixed(1)}, median of
${rounds} alternating rounds. Peak: most bytes that the backend held above logits and targets, in tensors of the logits' size.

| backend | channels | loss | ms | naive ms | times faster | peak | naive peak |
| ------- | -------: | ---- | -: | -------: | -----------: | ---: | ---------: |
${list.map(cells).join("\n")}
`;
}

process.exit(0);
