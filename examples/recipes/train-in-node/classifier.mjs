// A convolutional classifier of small pictures, trained in a few seconds: disk, square or cross, anywhere and of any size.
import "@ddl/backend-simd";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

await tf.setBackend("simd");

const edge = 32;
const inside = [
  (x, y, r) => x * x + y * y <= r * r,
  (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) <= 0.85 * r,
  (x, y, r) => Math.min(Math.abs(x), Math.abs(y)) <= 0.3 * r && Math.max(Math.abs(x), Math.abs(y)) <= r,
];

/** Pictures and their classes, the same for the same seed. */
function pictures(count, seed) {
  const draws = tf.tidy(() => tf.randomUniform([count, 3], 0, 1, "float32", seed).arraySync());
  const noise = tf.tidy(() => tf.randomNormal([count, edge, edge, 1], 0, 0.25, "float32", seed + 1).dataSync());
  const images = Float32Array.from(noise);
  const labels = Int32Array.from({ length: count }, (_, k) => k % 3);
  for (let k = 0; k < count; k++) {
    const [u, v, w] = draws[k];
    const r = 5 + 5 * u;
    const [cx, cy] = [r + v * (edge - 2 * r), r + w * (edge - 2 * r)];
    for (let y = 0; y < edge; y++) {
      for (let x = 0; x < edge; x++) if (inside[labels[k]](x - cx, y - cy, r)) images[(k * edge + y) * edge + x] += 1;
    }
  }
  return { x: tf.tensor(images, [count, edge, edge, 1]), y: tf.oneHot(tf.tensor1d(labels, "int32"), 3) };
}

const seeded = (seed) => tfl.initializers.heNormal({ seed });
const convolution = (filters, seed) =>
  tfl.layers.conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu", kernelInitializer: seeded(seed) });
const model = tfl.sequential();
model.add(tfl.layers.inputLayer({ inputShape: [edge, edge, 1] }));
model.add(convolution(16, 1));
model.add(tfl.layers.maxPooling2d({ poolSize: 2 }));
model.add(convolution(32, 2));
model.add(tfl.layers.maxPooling2d({ poolSize: 2 }));
model.add(tfl.layers.flatten());
model.add(tfl.layers.dense({ units: 3, activation: "softmax", kernelInitializer: seeded(3) }));
model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });

const train = pictures(900, 1);
const test = pictures(150, 7);
const began = performance.now();
await model.fit(train.x, train.y, {
  epochs: 16,
  batchSize: 30,
  shuffle: false,
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, { loss, acc }) =>
      console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(3)}, accuracy ${acc.toFixed(3)}`),
  },
});
const [, accuracy] = model.evaluate(test.x, test.y, { batchSize: 50 });
const seconds = (performance.now() - began) / 1000;
console.log(`test accuracy ${accuracy.dataSync()[0].toFixed(3)} after ${seconds.toFixed(1)} s`);
