import type { Tensor } from "@tensorflow/tfjs-core";
import { pad, reshape, slice } from "@tensorflow/tfjs-core";

/**
 * A filter with zeros between its taps: a convolution with it is one with dilations, and has gradients on every backend, at the cost of
 * products with these zeros.
 *
 * @param filter (…taps, channels, outChannels)
 * @param dilations from one tap to the next, one an axis of taps, integers ≥ 1
 * @returns (…(taps − 1) · dilation + 1, channels, outChannels)
 * @example `spreadTaps(tf.ones([3, 3, 2, 4]), [2, 1]) // (5, 3, 2, 4)`
 */
export function spreadTaps(filter: Tensor, dilations: readonly number[]): Tensor {
  const product = (lengths: number[]): number => lengths.reduce((a, b) => a * b, 1);
  // Axis by axis: tf.pad ends at four axes on the backend webgl.
  return dilations.reduce((made, dilation, axis) => {
    if (dilation === 1) return made;
    const { shape } = made;
    const [taps, outer, inner] = [shape[axis]!, product(shape.slice(0, axis)), product(shape.slice(axis + 1))];
    const apart = pad(reshape(made, [outer * taps, 1, inner]), [
      [0, 0],
      [0, dilation - 1],
      [0, 0],
    ]);
    const extent = (taps - 1) * dilation + 1;
    const trimmed = slice(reshape(apart, [outer, taps * dilation, inner]), [0, 0, 0], [outer, extent, inner]);
    return reshape(
      trimmed,
      shape.map((length, k) => (k === axis ? extent : length)),
    );
  }, filter);
}
