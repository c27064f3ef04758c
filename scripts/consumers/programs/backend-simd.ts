import "@ddl/backend-simd";
import { instanceNorm } from "@ddl/backend-simd/operations";
import * as tf from "@tensorflow/tfjs-core";

await tf.setBackend("simd");
const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
const filter = tf.ones<tf.Rank.R4>([3, 3, 1, 1]);
// The gradient of a convolution: what other backends of a CPU lack.
const image = tf.reshape(x, [1, 2, 2, 1]) as tf.Tensor4D;
const loss = (w: tf.Tensor): tf.Scalar => tf.sum(tf.conv2d(image, w as tf.Tensor4D, 1, "same"));
const gradient = tf.grad(loss)(filter);
const [doubled, sums] = [tf.matMul(x, tf.tensor2d([2, 0, 0, 2], [2, 2])), await gradient.data()];
const squares = tf.sum(tf.square(instanceNorm(image))).dataSync()[0]!;
console.log(tf.getBackend(), Array.from(doubled.dataSync()).join(","), sums[4] === 10, squares.toFixed(3));
