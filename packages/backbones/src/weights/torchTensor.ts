import type { NumericArray } from "@ddl/core";
import type { Fail } from "./fail.js";
import type { StoredDtype, StoredTensor } from "./storedTensor.js";
import { elementSize, isSeen, readElements } from "./storedTensor.js";

/** Memory of a checkpoint in which tensors lie. */
export interface TorchStorage {
  dtype: StoredDtype;
  bytes: Uint8Array;
  /** Elements. */
  length: number;
}

/** Where a tensor lies in its storage, all in elements. */
export interface TorchView {
  offset: number;
  shape: number[];
  strides: number[];
}

/** Counts the elements that are copied: a stride of 0 makes any number of one. */
export interface CopyLimit {
  left: number;
}

/** A tensor of a storage, with its elements in C order: a view where they lie so. Bounds are checked. */
export function torchTensor(
  storage: TorchStorage,
  view: TorchView,
  limit: CopyLimit,
  fail: Fail,
): StoredTensor<NumericArray> {
  const { dtype, bytes, length } = storage;
  const { offset, shape, strides } = view;
  const size = elementSize(dtype);
  const empty = shape.includes(0);
  let last = offset;
  for (const [k, n] of shape.entries()) last += (n - 1) * strides[k]!;
  if (empty ? offset > length : last >= length) {
    const received = `shape [${shape.join(", ")}], strides [${strides.join(", ")}] and offset ${offset}`;
    fail(`must hold tensors within their storages; received ${received} of ${length} elements.`);
  }
  const count = empty ? 0 : shape.reduce((product, n) => product * n, 1);
  const inOrder = empty || isInOrder(shape, strides);
  if (!inOrder || !isSeen(dtype)) {
    if (count > limit.left) fail("must not unfold few numbers into more than the file has bytes.");
    limit.left -= count;
  }
  const own = inOrder ? bytes.subarray(offset * size, (offset + count) * size) : gathered(bytes, view, count, size);
  const elements = readElements(own, dtype, (reason) => fail(`must be sound: a tensor ${reason}.`));
  return { shape, ...elements };
}

/** True if elements lie in C order without gaps; an axis of length 1 may have any stride. */
function isInOrder(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let k = shape.length - 1; k >= 0; k--) {
    if (shape[k] !== 1 && strides[k] !== step) return false;
    step *= shape[k]!;
  }
  return true;
}

/** The elements in C order, as bytes. */
function gathered(bytes: Uint8Array, { offset, shape, strides }: TorchView, count: number, size: number): Uint8Array {
  const result = new Uint8Array(count * size);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < count; to++) {
    for (let byte = 0; byte < size; byte++) result[to * size + byte] = bytes[from * size + byte]!;
    for (let k = shape.length - 1; k >= 0; k--) {
      from += strides[k]!;
      if (++index[k]! < shape[k]!) break;
      from -= shape[k]! * strides[k]!;
      index[k] = 0;
    }
  }
  return result;
}
