// A layer that learns where to look: two channels of each picture say how far it was shifted, and one deformable convolution shifts it back.
import "@ddl/backend-simd";
import { DeformConv2D } from "@ddl/deform-conv/layers";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

await tf.setBackend("simd");

const edge = 20;
const shift = 3; // pictures are shifted by up to so many pixels along each axis; as many at the rim are not judged

/** Pictures of smooth noise, shifted, with the shift as two channels, and their inner parts as they were; the same for the same seed. */
function pictures(count, seed) {
  return tf.tidy(() => {
    const [wide, inner] = [edge + 2 * shift, edge - 2 * shift];
    const scenes = tf.image.resizeBilinear(tf.randomNormal([count, 8, 8, 1], 0, 1, "float32", seed), [wide, wide]);
    const moves = tf.randomUniform([count, 2], -1, 1, "float32", seed + 1);
    const from = tf.mul(tf.add(moves, 1), shift);
    const boxes = tf.div(tf.concat([from, tf.add(from, edge - 1)], 1), wide - 1);
    const seen = tf.image.cropAndResize(scenes, boxes, tf.range(0, count, 1, "int32"), [edge, edge]);
    const channels = tf.mul(tf.ones([count, edge, edge, 2]), tf.reshape(moves, [count, 1, 1, 2]));
    return {
      x: tf.concat([seen, channels], 3),
      y: tf.slice(scenes, [0, 2 * shift, 2 * shift, 0], [count, inner, inner, 1]),
    };
  });
}

const train = pictures(128, 1);
const test = pictures(64, 5);

/** Trains a model, prints its loss now and then, and returns that on pictures it has not seen. */
async function lossOf(name, layers) {
  const model = tfl.sequential();
  for (const layer of [...layers, tfl.layers.cropping2D({ cropping: shift })]) model.add(layer);
  model.compile({ optimizer: tf.train.adam(0.03), loss: "meanSquaredError" });
  const { history } = await model.fit(train.x, train.y, { epochs: 20, batchSize: 16, shuffle: false, verbose: 0 });
  const losses = history.loss.filter((_, epoch) => epoch % 4 === 3 || epoch === 0).map((loss) => loss.toFixed(3));
  const unseen = model.evaluate(test.x, test.y).dataSync()[0];
  console.log(
    `${name} of ${model.countParams()} weights: loss ${losses.join(", ")}; on other pictures ${unseen.toFixed(3)}`,
  );
  return unseen;
}

const start = (seed) => ({ kernelInitializer: tfl.initializers.glorotUniform({ seed }), padding: "same" });
const inputShape = [edge, edge, 3];
const deformable = await lossOf("a deformable layer", [
  new DeformConv2D({ filters: 1, kernelSize: 1, inputShape, ...start(1) }),
]);
const plain = await lossOf("a plain network", [
  tfl.layers.conv2d({ filters: 8, kernelSize: 5, activation: "relu", inputShape, ...start(2) }),
  tfl.layers.conv2d({ filters: 8, kernelSize: 3, activation: "relu", ...start(3) }),
  tfl.layers.conv2d({ filters: 1, kernelSize: 1, ...start(4) }),
]);
console.log(`the deformable layer's error is ${((100 * deformable) / plain).toFixed(0)} % of the plain network's`);
