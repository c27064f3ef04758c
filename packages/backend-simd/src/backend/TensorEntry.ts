import type { Heap } from "@ddl/simd";
import type { DataType } from "@tensorflow/tfjs-core";

/** Types of tensors that lie in the runtime's memory. */
export type HeapType = "float32" | "int32" | "bool";

/** Whether tensors of a type can lie in the runtime's memory; the others stay in JavaScript. */
export function isHeapType(dtype: DataType): dtype is HeapType {
  return dtype === "float32" || dtype === "int32" || dtype === "bool";
}

/** The numbers of a tensor by its type. */
export type HeapValues = Float32Array | Int32Array | Uint8Array;

/**
 * The numbers of a tensor, in the form that tfjs's `cpu` kernels expect: `values`, `dtype`, `refCount`.
 *
 * They lie in the runtime's memory, or, if an inherited kernel made them, in an array of that kernel's until a kernel of ours wants their
 * address: such kernels go on to write into arrays that they have handed over, and read arrays that they have given back.
 */
export class TensorEntry {
  readonly size: number;
  readonly dtype: HeapType;
  refCount: number;
  readonly #heap: Heap;
  #pointer: number | undefined;
  #array: HeapValues | undefined;

  constructor(heap: Heap, size: number, dtype: HeapType, refCount: number) {
    this.#heap = heap;
    this.size = size;
    this.dtype = dtype;
    this.refCount = refCount;
  }

  /** Takes an array over as it is, unless it is another tensor's memory: that is copied. */
  adopt(array: HeapValues): void {
    if (!ArrayBuffer.isView(array) || !this.#heap.holds(array)) {
      this.#array = array;
      return;
    }
    // Making room may make the memory grow, which detaches the array where memory is not shared: its address stays.
    const { byteOffset, length } = array;
    const dtype = array instanceof Float32Array ? "float32" : array instanceof Int32Array ? "int32" : "bool";
    const to = this.pointer;
    this.#view(to).set(viewOf(this.#heap, dtype, byteOffset, length));
  }

  /** Address of the numbers, in the runtime's memory from now on. */
  get pointer(): number {
    if (this.#pointer === undefined) {
      this.#pointer = this.#heap.allocate(this.size * bytesPerElement(this.dtype));
      if (this.#array !== undefined) this.#view(this.#pointer).set(this.#array);
      this.#array = undefined;
    }
    return this.#pointer;
  }

  /** The numbers in place, to read and to write; in the runtime's memory they are valid until the next allocation there. */
  get values(): HeapValues {
    return this.#array ?? this.#view(this.pointer);
  }

  /** A copy that outlives the tensor. */
  copy(): HeapValues {
    const { values } = this;
    const Storage = storage[this.dtype];
    // An inherited kernel may have handed over a plain array.
    if (!(values instanceof Storage)) return new Storage(values);
    // Out of shared memory V8's `slice` goes number by number, forty times as slow.
    const copy = new Storage(values.length);
    copy.set(values);
    return copy;
  }

  /** Gives the memory back. */
  free(): void {
    if (this.#pointer !== undefined) this.#heap.free(this.#pointer);
    this.#array = undefined;
  }

  #view(pointer: number): HeapValues {
    return viewOf(this.#heap, this.dtype, pointer, this.size);
  }
}

function viewOf(heap: Heap, dtype: HeapType, pointer: number, length: number): HeapValues {
  if (dtype === "float32") return heap.f32(pointer, length);
  return dtype === "int32" ? heap.i32(pointer, length) : heap.u8(pointer, length);
}

const storage = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

function bytesPerElement(dtype: HeapType): number {
  return dtype === "bool" ? 1 : 4;
}
