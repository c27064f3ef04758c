import "@tensorflow/tfjs-backend-cpu";
import { deformConv2d } from "@ddl/deform-conv";
import { DeformAttention, DeformConv2D } from "@ddl/deform-conv/layers";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

await tf.setBackend("cpu");
const x = tf.tensor([...Array(12).keys()], [1, 3, 4, 1], "float32");
const filter = tf.variable(tf.fill([3, 3, 1, 2], 0.1));
const offset = tf.variable(tf.zeros([1, 3, 4, 18]));
const target = tf.ones([1, 3, 4, 2]);
const result = deformConv2d(x, filter, offset, { padding: "same" });
const loss = () =>
  tf.losses.meanSquaredError(target, deformConv2d(x, filter, offset, { padding: "same" })) as tf.Scalar;
const optimizer = tf.train.adam(0.01);
const first = (await optimizer.minimize(loss, true)!.data())[0]!;
for (let step = 0; step < 20; step++) optimizer.minimize(loss);
const moved = (await offset.data()).some((value) => value !== 0);
const fell = (await loss().data())[0]! < first / 2;

// A model with a deformable layer moves each of four columns to the next place on its left.
const model = tfl.sequential();
model.add(new DeformConv2D({ filters: 1, kernelSize: 1, kernelInitializer: "ones", inputShape: [3, 4, 1] }));
model.compile({ optimizer: tf.train.adam(0.1), loss: "meanSquaredError" });
const columns = tf.tensor([5, 1, 2, 0, 4, 0, 2, 0, 3, 2, 2, 0], [1, 3, 4, 1], "float32");
const shifted = tf.tensor([1, 2, 0, 0, 0, 2, 0, 0, 2, 2, 0, 0], [1, 3, 4, 1], "float32");
const losses: number[] = [];
for (let step = 0; step < 40; step++) losses.push((await model.trainOnBatch(columns, shifted)) as number);
const layerLearnt = losses.at(-1)! < losses[0]! / 2;

const attention = new DeformAttention({
  spatialShapes: [
    [2, 3],
    [1, 2],
  ],
  heads: 2,
  points: 1,
  seed: 1,
});
const inputs = [tf.ones([1, 5, 4]), tf.fill([1, 5, 2, 2], 0.5), tf.ones([1, 8, 3])];
const attended = attention.apply(inputs) as tf.Tensor;
console.log(result.shape.join("x"), moved && fell, layerLearnt, attended.shape.join("x"));
