// Operations that do little arithmetic, against our own copy of as many bytes: one pass over the memory that they must read and write.
import { openCopy } from "./harness/copyKernel.mjs";
import { tf, tfl } from "./harness/libraries.mjs";
import { randomArray, randomFloats } from "./harness/random.mjs";
import { benchRow } from "./harness/row.mjs";
import { tensorSide } from "./harness/simdBackend.mjs";

const shape = [8, 128, 128, 32];
const half = [8, 64, 64, 32];
const length = shape.reduce((product, n) => product * n, 1);
const bytes = 4 * length;

/** Adam's update reads the weights, both moments and the gradient, and writes all but the gradient. */
const mostMoved = 7;

/**
 * Each operation as users call it, and what it must read and write at least, in tensors of the shape. What it does
 * beyond that, temporary tensors or another read of the input, counts against it.
 */
const operations = {
  "batch norm, apply": {
    moved: 2,
    run: ({ x, mean, variance }) => tf.batchNorm(x, mean, variance, mean, variance, 1e-3),
  },
  "batch norm layer, training": {
    // One read for the sums, one to apply them, one write.
    moved: 3,
    run: ({ x, layer }) => layer.apply(x, { training: true }),
  },
  ReLU: { moved: 2, run: ({ x }) => tf.relu(x) },
  "max-pool 2×2": { moved: 1.25, run: ({ x }) => tf.maxPool(x, 2, 2, "same") },
  "max-pool 2×2, gradient": {
    // Reads the input, the output and its gradient; writes the input's gradient.
    moved: 2.5,
    run: ({ x, pooled, dPooled }) =>
      tf
        .engine()
        .runKernel(
          "MaxPoolGrad",
          { dy: dPooled, input: x, output: pooled },
          { filterSize: [2, 2], strides: [2, 2], pad: "same" },
        ),
  },
  "concat of two": { moved: 4, run: ({ x, y }) => tf.concat([x, y], 3) },
};

await benchRow("memoryBound", async (row) => {
  const runtime = tf.backend().runtime;
  const copy = await openCopy(runtime);
  // Half of what the most demanding one moves, on each side. A copy of less would stay in a cache that the operation leaves.
  const [from, to] = [0, 0].map(() => runtime.heap.allocate((mostMoved / 2) * bytes));
  for (let k = 0; k < Math.ceil(mostMoved / 2); k++) {
    const size = Math.min(length, (mostMoved / 2 - k) * length);
    runtime.heap.f32(from + k * bytes, size).set(randomFloats(size, k + 1));
  }
  const sides = { simd: undefined, copy: undefined };
  const add = (result, moved) => {
    const { simd, copy: one } = result.milliseconds;
    const gigabytesPerSecond = { simd: (moved * bytes) / simd.median / 1e6, copy: (moved * bytes) / one.median / 1e6 };
    const values = { memoryBound: simd.median / one.median };
    row.add(result, values, { shapes: { x: shape }, tensorsMoved: moved, gigabytesPerSecond });
  };
  for (const [title, { moved, run }] of Object.entries(operations)) {
    if (!row.wants(title)) continue;
    const expected = { from: "tfjs cpu", values: await onCpu(run) };
    await tf.setBackend("simd");
    const tensors = makeTensors();
    sides.simd = tensorSide("simd", () => run(tensors));
    sides.copy = () => copy(from, to, (moved / 2) * bytes);
    add(await row.compare(title, { sides, expected, tolerance: 1e-5 }), moved);
    tf.dispose(tensors);
  }
  const title = "Adam update";
  if (!row.wants(title)) return;
  const expected = { from: "tfjs cpu", values: await onCpuAdam() };
  await tf.setBackend("simd");
  const adam = makeAdam();
  sides.simd = adam;
  sides.copy = () => copy(from, to, (mostMoved / 2) * bytes);
  add(await row.compare(title, { sides, expected, tolerance: 1e-5 }), mostMoved);
});

function makeTensors() {
  const make = (of, seed) => tf.tensor(randomArray(of, seed).values, of);
  const [x, y, pooledGradient, mean] = [make(shape, 2), make(shape, 3), make(half, 4), make([32], 5)];
  const variance = tf.tidy(() => tf.add(tf.square(mean), 0.5));
  const scale = tf.tidy(() => tf.add(mean, 1));
  const layer = tfl.layers.batchNormalization({ epsilon: 1e-3 });
  return { x, y, mean, variance, scale, layer, pooled: tf.maxPool(x, 2, 2, "same"), dPooled: pooledGradient };
}

async function onCpu(run) {
  await tf.setBackend("cpu");
  const tensors = makeTensors();
  const result = run(tensors);
  const values = result.dataSync();
  tf.dispose([tensors, result]);
  return values;
}

function makeAdam() {
  const weights = tf.variable(tf.tensor(randomArray(shape, 6).values, shape));
  const gradient = tf.tensor(randomArray(shape, 7).values, shape);
  const optimizer = tf.train.adam(1e-3);
  const run = () => optimizer.applyGradients({ [weights.name]: gradient });
  const output = () => {
    run();
    return weights.dataSync();
  };
  const dispose = () => {
    tf.dispose([weights, gradient]);
    optimizer.dispose();
  };
  return { before: () => tf.setBackend("simd"), run, output, dispose };
}

async function onCpuAdam() {
  await tf.setBackend("cpu");
  const adam = makeAdam();
  const values = adam.output();
  adam.dispose();
  return values;
}
