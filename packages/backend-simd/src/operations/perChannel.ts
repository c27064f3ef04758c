import type { Tensor } from "@tensorflow/tfjs-core";
import { reshape } from "@tensorflow/tfjs-core";

/**
 * Numbers of the channels as they can be combined with x on every backend: beside five axes with two of their own, since programs of `webgpu`
 * that take one are refused there, without an error, and what was queued with them is lost.
 *
 * @param x (batch, …space, channels)
 * @param numbers (channels)
 * @example `tf.mul(volume, perChannel(volume, tf.tensor1d([0.5, 2])))`
 */
export function perChannel(x: Tensor, numbers: Tensor): Tensor {
  return x.shape.length > 4 ? reshape(numbers, [1, -1]) : numbers;
}
