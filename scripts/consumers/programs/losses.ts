import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import { binaryCrossEntropy, diceLoss } from "@ddl/losses";
import * as tf from "@tensorflow/tfjs-core";

await tf.setBackend("cpu");
const masks = tf.ones([2, 8, 8, 1]);
const logits = tf.zeros([2, 8, 8, 1]);
const bce = binaryCrossEntropy(masks, logits, { fromLogits: true });
const slope = tf.grad((z: tf.Tensor) => diceLoss(masks, z, { fromLogits: true }) as tf.Tensor)(logits);
console.log(
  (await bce.data())[0]!.toFixed(3),
  (await slope.data()).every((value) => value < 0),
);
