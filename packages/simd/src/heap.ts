import { expectNumber, OutOfMemoryError, StateError } from "@ddl/core";
import type { KernelMemory } from "./memory.js";
import { pageBytes } from "./memory.js";

/** Blocks up to this size come from slabs of their size class. */
const largestSmall = 32 * 1024;
/** Larger ones are whole multiples of this. */
const largeStep = 4096;
const smallestSlab = 64 * 1024;
const alignment = 64;

interface Slab {
  pointer: number;
  size: number;
  blockSize: number;
  inUse: number;
}

interface Block {
  size: number;
  /** Where a small block comes from. */
  slab: Slab | null;
}

interface Gap {
  pointer: number;
  size: number;
}

/**
 * The allocator of a runtime's memory: blocks aligned to 64 bytes, reused by size, on the owning thread only.
 *
 * Small blocks (to 32 kB) come from slabs by size class, four classes to a power of two, so that at most a fifth is wasted; larger ones
 * from the smallest gap that fits, and neighbouring gaps are joined.
 */
export class Heap {
  readonly #memory: KernelMemory;
  readonly #limit: number;
  readonly #used = new Map<number, Block>();
  /** By size class. */
  readonly #smallFree = new Map<number, { pointer: number; slab: Slab }[]>();
  readonly #slabs = new Set<Slab>();
  /** By address, no two of them neighbours. */
  readonly #gaps: Gap[] = [];
  #top: number;
  #held = 0;

  /** @param start first byte that may be handed out */
  constructor(memory: KernelMemory, start: number, limit: number) {
    this.#memory = memory;
    this.#top = align(start, alignment);
    this.#limit = limit;
  }

  /** Bytes of all blocks in use, rounding included. */
  get held(): number {
    return this.#held;
  }

  /** Most bytes the memory may grow to. */
  get limit(): number {
    return this.#limit;
  }

  /** Number of blocks in use. */
  get blocks(): number {
    return this.#used.size;
  }

  /**
   * A block of at least so many bytes; what it holds is undefined.
   * @param bytes ≥ 0; a block of 0 bytes has an address of its own too
   * @returns its address, a multiple of 64, never 0
   * @throws OutOfMemoryError beyond the memory limit, or if the platform refuses to grow the memory; all blocks stay as they are
   */
  allocate(bytes: number): number {
    expectNumber("allocate", "bytes", bytes, { integer: true, min: 0 });
    const block = this.#find(bytes) ?? (this.#releaseEmptySlabs() ? this.#find(bytes) : undefined);
    if (block === undefined) {
      const parts = { requested: bytes, held: this.#held, limit: this.#limit };
      throw new OutOfMemoryError({ functionName: "allocate", ...parts });
    }
    return block;
  }

  /** Gives a block back. @throws StateError for an address that is not in use */
  free(pointer: number): void {
    const block = this.#used.get(pointer);
    if (block === undefined) throw new StateError(`free: pointer must be of a block in use; received ${pointer}.`);
    this.#used.delete(pointer);
    this.#held -= block.size;
    if (block.slab === null) {
      this.#addGap(pointer, block.size);
      return;
    }
    block.slab.inUse--;
    this.#smallFree.get(block.size)!.push({ pointer, slab: block.slab });
  }

  /** A view of float32 values; like every view it is valid until the next allocation, which may move the buffer. */
  f32(pointer: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, pointer, length);
  }

  /** A view of float64 values. */
  f64(pointer: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, pointer, length);
  }

  /** A view of int32 values. */
  i32(pointer: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, pointer, length);
  }

  /** A view of bytes. */
  u8(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, pointer, length);
  }

  /** Whether an array is a view of this memory: its numbers go when the block is given back. */
  holds(array: ArrayBufferView): boolean {
    // Growth gives a shared memory another buffer object; views through the old one still are of it.
    if (this.#memory.shared) return array.buffer instanceof SharedArrayBuffer;
    return array.buffer === this.#memory.buffer;
  }

  #find(bytes: number): number | undefined {
    if (bytes <= largestSmall) return this.#findSmall(sizeClass(bytes));
    const size = align(bytes, largeStep);
    const pointer = this.#takeGap(size) ?? this.#extend(size);
    if (pointer !== undefined) this.#use(pointer, size, null);
    return pointer;
  }

  #findSmall(size: number): number | undefined {
    if ((this.#smallFree.get(size)?.length ?? 0) === 0 && !this.#addSlab(size)) return undefined;
    const { pointer, slab } = this.#smallFree.get(size)!.pop()!;
    slab.inUse++;
    this.#use(pointer, size, slab);
    return pointer;
  }

  #addSlab(blockSize: number): boolean {
    const count = Math.max(4, Math.floor(smallestSlab / blockSize));
    const size = align(count * blockSize, largeStep);
    const pointer = this.#takeGap(size) ?? this.#extend(size);
    if (pointer === undefined) return false;
    const slab = { pointer, size, blockSize, inUse: 0 };
    this.#slabs.add(slab);
    // Last first, so that the lowest address is handed out first.
    const blocks = Array.from({ length: count }, (_, k) => ({ pointer: pointer + (count - 1 - k) * blockSize, slab }));
    this.#smallFree.set(blockSize, blocks);
    return true;
  }

  #use(pointer: number, size: number, slab: Slab | null): void {
    this.#used.set(pointer, { size, slab });
    this.#held += size;
  }

  /** The smallest gap that fits, its rest left as a gap. */
  #takeGap(size: number): number | undefined {
    let best = -1;
    for (const [k, gap] of this.#gaps.entries()) {
      if (gap.size >= size && (best < 0 || gap.size < this.#gaps[best]!.size)) best = k;
    }
    if (best < 0) return undefined;
    const gap = this.#gaps[best]!;
    const { pointer } = gap;
    if (gap.size === size) this.#gaps.splice(best, 1);
    else this.#gaps[best] = { pointer: pointer + size, size: gap.size - size };
    return pointer;
  }

  #addGap(pointer: number, size: number): void {
    let k = this.#gaps.length;
    while (k > 0 && this.#gaps[k - 1]!.pointer > pointer) k--;
    const before = this.#gaps[k - 1];
    const after = this.#gaps[k];
    const joinsBefore = before !== undefined && before.pointer + before.size === pointer;
    const joinsAfter = after !== undefined && pointer + size === after.pointer;
    if (joinsBefore && joinsAfter) {
      before.size += size + after.size;
      this.#gaps.splice(k, 1);
    } else if (joinsBefore) {
      before.size += size;
    } else if (joinsAfter) {
      this.#gaps[k] = { pointer, size: size + after.size };
    } else {
      this.#gaps.splice(k, 0, { pointer, size });
    }
  }

  /** New memory behind the last block; a gap that reaches to the end is part of it. */
  #extend(size: number): number | undefined {
    const last = this.#gaps.at(-1);
    const joins = last !== undefined && last.pointer + last.size === this.#top;
    const pointer = joins ? last.pointer : this.#top;
    const end = pointer + size;
    if (end > this.#limit || !this.#growTo(end)) return undefined;
    if (joins) this.#gaps.pop();
    this.#top = end;
    return pointer;
  }

  #growTo(end: number): boolean {
    const have = this.#memory.buffer.byteLength;
    if (end <= have) return true;
    // An eighth more than is needed, so that a growing program does not ask for each block.
    const generous = Math.min(this.#limit, end + Math.floor(end / 8));
    return this.#memory.growTo(align(generous, pageBytes)) || this.#memory.growTo(align(end, pageBytes));
  }

  /** Makes gaps of the slabs of which no block is in use. @returns whether there were any */
  #releaseEmptySlabs(): boolean {
    const empty = [...this.#slabs].filter(({ inUse }) => inUse === 0);
    for (const slab of empty) {
      this.#slabs.delete(slab);
      const free = this.#smallFree.get(slab.blockSize)!;
      this.#smallFree.set(
        slab.blockSize,
        free.filter((block) => block.slab !== slab),
      );
      this.#addGap(slab.pointer, slab.size);
    }
    return empty.length > 0;
  }
}

function align(bytes: number, step: number): number {
  return Math.ceil(bytes / step) * step;
}

/** The next of the sizes 64, 128, 192, 256, 320, …: four steps to a power of two, multiples of 64. */
function sizeClass(bytes: number): number {
  if (bytes <= alignment) return alignment;
  const power = 2 ** Math.floor(Math.log2(bytes - 1));
  return align(bytes, Math.max(alignment, power / 4));
}
