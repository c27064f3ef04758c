import type { Tensor } from "@tensorflow/tfjs-core";
import { reshape, slice } from "@tensorflow/tfjs-core";
import { padSpace } from "./padSpace.js";

/** How a window slides along one axis of space. */
export interface TapAxis {
  /** Taps of the window. */
  taps: number;
  /** From one window to the next. */
  stride: number;
  /** From one tap to the next. */
  dilation: number;
  /** Windows. */
  count: number;
  /** Space before the first pixel that the first window begins in. */
  before: number;
}

/**
 * What each tap of a sliding window sees, one tensor (batch, …counts, channels) a tap, the last axis of the window fastest: what a convolution
 * is a sum of and a pooling the maximum. Made of slices, whose gradients every backend has.
 *
 * @param x (batch, …space, channels)
 * @param axes one an axis of space; trusted to lie within x and the space around it
 * @param outside the value of the space around x. Default 0
 * @example
 * ```ts
 * const axis = { taps: 2, stride: 1, dilation: 1, count: 3, before: 0 };
 * windowTaps(tf.ones([1, 4, 4, 2]), [axis, axis]); // four tensors (1, 3, 3, 2)
 * ```
 */
export function windowTaps(x: Tensor, axes: readonly TapAxis[], outside: number = 0): Tensor[] {
  // Each tap reads whole strides, the last one too, and keeps the first pixel of each.
  const space = axes.map(({ taps, stride, dilation, count, before }, k): [number, number] => {
    const end = (taps - 1) * dilation + count * stride;
    return [before, Math.max(0, end - before - x.shape[k + 1]!)];
  });
  const padded = padSpace(x, space, outside);
  return axes.reduce<Tensor[]>((parts, axis, k) => parts.flatMap((part) => tapsAlong(part, k + 1, axis)), [padded]);
}

/** The taps of one axis, whose length becomes the number of windows. */
function tapsAlong(x: Tensor, axis: number, { taps, stride, dilation, count }: TapAxis): Tensor[] {
  const product = (lengths: number[]): number => lengths.reduce((a, b) => a * b, 1);
  const [outer, inner] = [product(x.shape.slice(0, axis)), product(x.shape.slice(axis + 1))];
  const rows = reshape(x, [outer, x.shape[axis]!, inner]);
  const shape = x.shape.map((length, k) => (k === axis ? count : length));
  return Array.from({ length: taps }, (_, tap) => {
    const seen = slice(rows, [0, tap * dilation, 0], [outer, count * stride, inner]);
    if (stride === 1) return reshape(seen, shape);
    const strides = reshape(seen, [outer, count, stride * inner]);
    return reshape(slice(strides, [0, 0, 0], [outer, count, inner]), shape);
  });
}
