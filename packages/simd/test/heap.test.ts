import { isDdlError } from "@ddl/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Heap } from "../src/heap.js";
import { KernelMemory } from "../src/memory.js";

const start = 65536;
const heapOf = (limit: number): Heap => new Heap(KernelMemory.reserve(limit, false), start, limit);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isDdlError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}

describe("the heap", () => {
  test("gives aligned blocks behind its start, and counts what it holds", () => {
    const heap = heapOf(2 ** 24);
    const blocks = [0, 1, 63, 64, 65, 1000, 32768, 32769, 100_000].map((bytes) => heap.allocate(bytes));
    expect(blocks.every((pointer) => pointer >= start && pointer % 64 === 0)).toBe(true);
    expect(new Set(blocks).size).toBe(blocks.length);
    expect(heap.held).toBe(64 * 4 + 128 + 1024 + 32768 + 36864 + 102400);
    for (const pointer of blocks) heap.free(pointer);
    expect([heap.held, heap.blocks]).toEqual([0, 0]);
  });

  test("uses a block again for the next request of its size", () => {
    const heap = heapOf(2 ** 24);
    const small = heap.allocate(500);
    const large = heap.allocate(50_000);
    heap.free(small);
    heap.free(large);
    expect(heap.allocate(510)).toBe(small);
    expect(heap.allocate(49_500)).toBe(large);
  });

  test("joins neighbouring gaps in any order, so that a larger block fits where smaller ones were", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [0, 2, 1],
      [1, 0, 2],
    ]) {
      const heap = heapOf(2 ** 20);
      const blocks = Array.from({ length: 3 }, () => heap.allocate(300_000));
      for (const k of order) heap.free(blocks[k]!);
      expect(heap.allocate(900_000)).toBe(blocks[0]);
    }
  });

  test("keeps what blocks hold when the memory grows", () => {
    const heap = heapOf(2 ** 26);
    const first = heap.allocate(40);
    heap.f32(first, 10).set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const second = heap.allocate(2 ** 25);
    heap.u8(second, 2 ** 25).fill(255);
    expect(Array.from(heap.f32(first, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    heap.f64(first, 2).set([1.1, -2e300]);
    expect(Array.from(new Float64Array(heap.u8(first, 16).slice().buffer))).toEqual([1.1, -2e300]);
  });

  test("names what was asked for, held and allowed when memory is out, and goes on", () => {
    const heap = heapOf(2 ** 20);
    const block = heap.allocate(600_000);
    expect(codeOf(() => heap.allocate(500_000))).toBe(
      "out-of-memory: allocate: 500000 bytes must fit into the 1048576 bytes of the memory limit, of which 602112 are in use.",
    );
    heap.free(block);
    expect(heap.allocate(500_000)).toBe(block);
  });

  test("gives slabs without a block in use back before it says that memory is out", () => {
    const heap = heapOf(2 ** 20);
    const small = Array.from({ length: 900 }, () => heap.allocate(1000));
    for (const pointer of small) heap.free(pointer);
    expect(heap.allocate(900_000)).toBeGreaterThanOrEqual(start);
    expect(codeOf(() => heap.allocate(200_000))).toMatch(/^out-of-memory: /);
  });

  test("knows its own views, also those from before it grew", () => {
    for (const shared of [false, true]) {
      const heap = new Heap(KernelMemory.reserve(2 ** 24, shared), start, 2 ** 24);
      const view = heap.f32(heap.allocate(40), 10);
      expect([heap.holds(view), heap.holds(new Float32Array(10))]).toEqual([true, false]);
      heap.allocate(2 ** 22);
      expect(heap.holds(view)).toBe(shared);
    }
  });

  test("refuses to free what is not in use", () => {
    const heap = heapOf(2 ** 20);
    const block = heap.allocate(10);
    heap.free(block);
    expect(codeOf(() => heap.free(block))).toBe(`state: free: pointer must be of a block in use; received ${block}.`);
    expect(codeOf(() => heap.free(12))).toBe("state: free: pointer must be of a block in use; received 12.");
    expect(codeOf(() => heap.allocate(-1))).toBe("range: allocate: bytes must be an integer ≥ 0; received -1.");
  });

  test("never gives two blocks the same byte, whatever is asked for and freed", () => {
    const step = fc.record({ bytes: fc.oneof(fc.nat(300), fc.nat(70_000), fc.nat(400_000)), free: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = heapOf(2 ** 22);
        const live: { pointer: number; bytes: number }[] = [];
        for (const { bytes, free } of steps) {
          if (free < live.length) heap.free(live.splice(free, 1)[0]!.pointer);
          try {
            const pointer = heap.allocate(bytes);
            for (const other of live) {
              const apart = pointer + bytes <= other.pointer || other.pointer + other.bytes <= pointer;
              expect(apart || bytes === 0 || other.bytes === 0).toBe(true);
              expect(pointer).not.toBe(other.pointer);
            }
            expect(pointer + bytes).toBeLessThanOrEqual(2 ** 22);
            live.push({ pointer, bytes });
          } catch (error) {
            if (!isDdlError(error) || error.code !== "out-of-memory") throw error;
          }
        }
        expect(heap.blocks).toBe(live.length);
        for (const { pointer } of live) heap.free(pointer);
        // Everything is one gap again: the whole can be had at once.
        heap.free(heap.allocate(2 ** 22 - start));
        expect(heap.held).toBe(0);
      }),
    );
  });
});
