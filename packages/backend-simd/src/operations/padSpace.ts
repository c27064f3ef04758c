import type { Tensor } from "@tensorflow/tfjs-core";
import { pad, reshape } from "@tensorflow/tfjs-core";

/**
 * Pads the axes between the first and the last; also volumes on the backend `webgl`, whose `tf.pad` ends at four axes.
 *
 * @param x (batch, …space, channels)
 * @param space [before, after] an axis of space, ≥ 0
 * @param value of the padding. Default 0
 * @example `padSpace(tf.ones([1, 3, 4, 2]), [[1, 1], [0, 2]]) // (1, 5, 6, 2)`
 */
export function padSpace(x: Tensor, space: readonly (readonly [number, number])[], value: number = 0): Tensor {
  if (space.every(([before, after]) => before + after === 0)) return x;
  const product = (lengths: number[]): number => lengths.reduce((a, b) => a * b, 1);
  if (x.shape.length <= 4) {
    return pad(x, [[0, 0], ...space.map(([before, after]): [number, number] => [before, after]), [0, 0]], value);
  }
  return space.reduce((made, [before, after], axis) => {
    if (before + after === 0) return made;
    const { shape } = made;
    const rows = reshape(made, [product(shape.slice(0, axis + 1)), shape[axis + 1]!, product(shape.slice(axis + 2))]);
    const padded = pad(
      rows,
      [
        [0, 0],
        [before, after],
        [0, 0],
      ],
      value,
    );
    return reshape(
      padded,
      shape.map((length, k) => (k === axis + 1 ? before + length + after : length)),
    );
  }, x);
}
