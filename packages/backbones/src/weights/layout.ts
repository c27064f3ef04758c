import type { NumericArray } from "@ddl/core";

/** How a weight of ours lies in a tensor of PyTorch's. */
export interface Layout {
  /** Shape that PyTorch gives it. */
  torchShape: number[];
  /** The same with an axis for each that moves. */
  unfolded: number[];
  /** Which axis of `unfolded` each axis of ours is, before they are joined to our shape. */
  axes: number[];
}

/** A weight whose elements lie in the same order. */
export const sameLayout = (shape: readonly number[]): Layout => ({
  torchShape: [...shape],
  unfolded: [...shape],
  axes: shape.map((_, k) => k),
});

/** A weight of which PyTorch has the last axis, of channels, first. */
export function channelsFirst(shape: readonly number[]): Layout {
  const turned = [...shape.slice(-1), ...shape.slice(0, -1)];
  return { torchShape: turned, unfolded: turned, axes: shape.map((_, k) => (k + 1) % shape.length) };
}

/** A filter (…space, inputs, outputs), which is (outputs, inputs, …space) there; of a transposed convolution (…space, outputs, inputs). */
export function filterLayout(shape: readonly number[]): Layout {
  const space = shape.length - 2;
  const turned = [shape[space + 1]!, shape[space]!, ...shape.slice(0, space)];
  const axes = [...shape.slice(0, space).map((_, k) => k + 2), 1, 0];
  return { torchShape: turned, unfolded: turned, axes };
}

/** A depthwise filter (rows, columns, channels, multiplier), which is (channels · multiplier, 1, rows, columns) there. */
export function depthwiseLayout(shape: readonly number[]): Layout {
  const [rows, columns, channels, multiplier = 1] = shape as [number, number, number, number?];
  const unfolded = shape.length === 3 ? [channels, rows, columns] : [channels, multiplier, rows, columns];
  const axes = shape.length === 3 ? [1, 2, 0] : [2, 3, 0, 1];
  return { torchShape: [channels * multiplier, 1, rows, columns], unfolded, axes };
}

/**
 * A weight behind a flattened image: its first axis runs over (…space, channels), there over (channels, …space).
 * @param image (…space, channels)
 */
export function flattenedLayout(shape: readonly number[], image: readonly number[]): Layout {
  const [inputs, ...outputs] = shape as [number, ...number[]];
  const turned = [...outputs, ...image.slice(-1), ...image.slice(0, -1)];
  const first = outputs.length;
  const axes = [...image.slice(1).map((_, k) => first + 1 + k), first, ...outputs.map((_, k) => k)];
  return { torchShape: [...outputs, inputs], unfolded: turned, axes };
}

/** Our elements of PyTorch's, each divided by `scale`. */
export function fromTorch(values: NumericArray, { unfolded, axes }: Layout, scale: number): Float32Array {
  const turned = permuted(values, unfolded, axes);
  return scale === 1 ? turned : turned.map((value) => value / scale);
}

/** PyTorch's elements of ours, each times `scale`. */
export function toTorch(values: NumericArray, { unfolded, axes }: Layout, scale: number): Float32Array {
  const shape = axes.map((axis) => unfolded[axis]!);
  const turned = permuted(
    values,
    shape,
    unfolded.map((_, axis) => axes.indexOf(axis)),
  );
  return scale === 1 ? turned : turned.map((value) => value * scale);
}

/** The elements of an array in C order with its axes in another order, as numpy's transpose. */
function permuted(values: NumericArray, shape: readonly number[], axes: readonly number[]): Float32Array {
  if (axes.every((axis, k) => axis === k)) return Float32Array.from(values);
  const strides = shape.map((_, k) => shape.slice(k + 1).reduce((product, n) => product * n, 1));
  const lengths = axes.map((axis) => shape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const result = new Float32Array(values.length);
  const last = lengths.length - 1;
  let to = 0;
  const copy = (axis: number, from: number): void => {
    const [length, step] = [lengths[axis]!, steps[axis]!];
    for (let k = 0; k < length; k++, from += step) {
      if (axis < last) copy(axis + 1, from);
      else result[to++] = values[from]!;
    }
  };
  copy(0, 0);
  return result;
}
