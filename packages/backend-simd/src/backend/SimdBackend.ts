import { BackendError } from "@ddl/core";
import type { Runtime } from "@ddl/simd";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { BackendValues, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import type { Kernels } from "./kernels.js";
import type { HeapType, HeapValues } from "./TensorEntry.js";
import { isHeapType, TensorEntry } from "./TensorEntry.js";

/** What tfjs knows of a tensor's memory by. */
type DataId = object;

/** `tf.memory()` on this backend: exact, as every tensor gives its block back when it is disposed. */
export interface SimdMemoryInfo {
  unreliable: boolean;
  /** Bytes in use of the runtime's memory: tensors, rounded up, and the scratch of its threads. */
  numBytesInHeap: number;
}

/**
 * A tfjs backend whose tensors lie in the memory of a runtime of `@ddl/simd`.
 *
 * It is tfjs's `cpu` backend in all but where numbers lie: kernels that are not written for it run as they are there, on views of the
 * memory. Strings and complex tensors stay in JavaScript.
 */
export class SimdBackend extends MathBackendCPU {
  readonly runtime: Runtime;
  readonly kernels: Kernels;
  /** Whether convolutions do without Winograd's transform. */
  readonly precise: boolean;
  /** Whether kernels may fuse products and sums. */
  readonly relaxed: boolean;
  #inherited = false;
  /** Tensors that the kernel in progress has made. */
  #made: DataId[] = [];

  constructor(runtime: Runtime, kernels: Kernels, precise: boolean, relaxed: boolean) {
    super();
    this.runtime = runtime;
    this.kernels = kernels;
    this.precise = precise;
    this.relaxed = relaxed;
  }

  /** Address of a tensor's values. */
  pointer({ dataId, dtype }: TensorInfo): number {
    const entry = this.#entry(dataId);
    // A tensor may share another's memory (a reshape), but never under another type.
    if (entry.dtype !== dtype) throw new BackendError(`simd: a tensor of ${dtype} has memory of ${entry.dtype}.`);
    return entry.pointer;
  }

  /** The numbers of a tensor in place, to read and to write; valid until the next allocation. */
  view({ dataId }: TensorInfo): HeapValues {
    return this.#entry(dataId).values;
  }

  /** A tensor of undefined values, for a kernel to fill. */
  allocate(shape: number[], dtype: HeapType): TensorInfo {
    const dataId: DataId = {};
    const entry = new TensorEntry(this.runtime.heap, util.sizeFromShape(shape), dtype, 1);
    // Now rather than when the kernel asks: should memory be out, nothing is left behind.
    void entry.pointer;
    this.data.set(dataId, entry as never);
    this.#made.push(dataId);
    return { dataId, shape, dtype };
  }

  /** Runs a kernel that is written for this backend. Should it fail, in want of memory say, what it has made is given back. */
  runOwn<T>(kernel: () => T): T {
    this.#made = [];
    try {
      return kernel();
    } catch (error) {
      for (const dataId of this.#made) this.disposeData(dataId, true);
      throw error;
    }
  }

  /** The same values under another shape. */
  share({ dataId, dtype }: TensorInfo, shape: number[]): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** Runs a kernel of the `cpu` backend. */
  runInherited<T>(kernel: () => T): T {
    const outer = this.#inherited;
    this.#inherited = true;
    try {
      return kernel();
    } finally {
      this.#inherited = outer;
    }
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId: DataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    if (!isHeapType(dtype)) {
      this.data.set(dataId, { values, dtype, refCount });
      return;
    }
    const entry = new TensorEntry(this.runtime.heap, util.sizeFromShape(shape), dtype, refCount);
    entry.adopt(values as HeapValues);
    // The array is the caller's, who may change it: only an inherited kernel hands it over for good.
    if (!this.#inherited) void entry.pointer;
    this.data.set(dataId, entry as never);
  }

  override readSync(dataId: DataId): BackendValues {
    const entry: unknown = this.data.get(dataId);
    // Who reads keeps the numbers, maybe beyond the tensor's life: never a view.
    return entry instanceof TensorEntry ? entry.copy() : super.readSync(dataId);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const entry: unknown = this.data.has(dataId) ? this.data.get(dataId) : undefined;
    const disposed = super.disposeData(dataId, force);
    if (disposed && entry instanceof TensorEntry) entry.free();
    return disposed;
  }

  override memory(): never {
    const info: SimdMemoryInfo = { unreliable: false, numBytesInHeap: this.runtime.heap.held };
    // The class that this one extends declares its own estimate as the only possible answer.
    return info as never;
  }

  override dispose(): void {
    void this.runtime.close();
  }

  #entry(dataId: DataId): TensorEntry {
    return this.data.get(dataId) as unknown as TensorEntry;
  }
}
