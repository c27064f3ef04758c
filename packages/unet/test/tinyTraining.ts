import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** The mean squared difference from the image's own first channel: something that any network of some layers can learn. */
export function trainer(model: LayersModel, x: Tensor): () => number {
  const optimizer = tf.train.adam(0.03);
  const target = tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 1]);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return () =>
    tf.tidy(() => {
      const loss = (): tf.Scalar =>
        tf.mean(tf.squaredDifference(model.apply(x, { training: true }) as Tensor, target)) as tf.Scalar;
      return optimizer.minimize(loss, true, variables)!.dataSync()[0]!;
    });
}
