import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import { deformConv2d } from "@ddl/deform-conv";
import * as tf from "@tensorflow/tfjs-core";

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
console.log(result.shape.join("x"), moved && (await loss().data())[0]! < first / 2);
