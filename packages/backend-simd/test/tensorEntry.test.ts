import type { Heap } from "@ddl/simd";
import { expect, test } from "vitest";
import { TensorEntry } from "../src/backend/TensorEntry.js";

/** Memory that nobody shares: it grows with every allocation, which detaches all views of it. */
function growingHeap(): Heap {
  let buffer = new ArrayBuffer(64);
  const heap = {
    allocate(bytes: number): number {
      const from = buffer.byteLength;
      const grown = new Uint8Array(from + 64 * Math.ceil(bytes / 64));
      grown.set(new Uint8Array(structuredClone(buffer, { transfer: [buffer] })));
      buffer = grown.buffer;
      return from;
    },
    free(): void {},
    holds: (array: ArrayBufferView) => array.buffer === buffer,
    f32: (at: number, length: number) => new Float32Array(buffer, at, length),
    i32: (at: number, length: number) => new Int32Array(buffer, at, length),
    u8: (at: number, length: number) => new Uint8Array(buffer, at, length),
  };
  return heap as unknown as Heap;
}

test("a part of another tensor's memory is copied also when that grows for the copy", () => {
  const heap = growingHeap();
  for (const [dtype, values] of [
    ["float32", Float32Array.of(1.5, 2.5, 3.5, 4.5, 5.5)],
    ["int32", Int32Array.of(1, 2, 3, 4, 5)],
    ["bool", Uint8Array.of(1, 0, 1, 1, 0)],
  ] as const) {
    const whole = new TensorEntry(heap, 5, dtype, 1);
    whole.adopt(values);
    void whole.pointer;
    const part = new TensorEntry(heap, 3, dtype, 1);
    part.adopt(whole.values.subarray(1, 4));
    expect([...part.values]).toEqual([...values.subarray(1, 4)]);
    // It is a copy.
    whole.values.fill(0);
    expect([...part.values]).toEqual([...values.subarray(1, 4)]);
  }
});
