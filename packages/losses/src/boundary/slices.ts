import { elementCount } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { concat, reshape, slice } from "@tensorflow/tfjs-core";

/** x[axis: from … from + length). As three axes, for webgl has no gradient of a slice with five. */
export function sliceAlong(x: Tensor, axis: number, from: number, length: number): Tensor {
  if (from === 0 && length === x.shape[axis]) return x;
  const part = slice(asLines(x, axis), [0, from, 0], [-1, length, -1]);
  return reshape(part, replaced(x.shape, axis, length));
}

/** The values at i − 1 and at i + 1 along an axis, edges replicated. */
export function neighboursAlong(x: Tensor, axis: number): [before: Tensor, after: Tensor] {
  const lines = asLines(x, axis);
  const last = x.shape[axis]! - 1;
  const part = (from: number, length: number) => slice(lines, [0, from, 0], [-1, length, -1]);
  const before = concat([part(0, 1), part(0, last)], 1);
  const after = concat([part(1, last), part(last, 1)], 1);
  return [reshape(before, x.shape), reshape(after, x.shape)];
}

function asLines(x: Tensor, axis: number): Tensor {
  return reshape(x, [elementCount(x.shape.slice(0, axis)), x.shape[axis]!, elementCount(x.shape.slice(axis + 1))]);
}

function replaced(shape: readonly number[], axis: number, length: number): number[] {
  return shape.map((old, k) => (k === axis ? length : old));
}
