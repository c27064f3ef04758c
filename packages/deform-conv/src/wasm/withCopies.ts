import type { Runtime } from "@ddl/simd";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { util } from "@tensorflow/tfjs-core";
import type { Made, Scope } from "../simd/registerKernels.js";

/** Does a piece of work on copies of the backend's tensors in a runtime's memory. Should it fail, nothing is left on either side. */
export function withCopies<T>(backend: BackendWasm, { heap }: Runtime, work: (scope: Scope) => T): T {
  const blocks: number[] = [];
  const allocate = (floats: number): number => {
    const address = heap.allocate(4 * floats);
    blocks.push(address);
    return address;
  };
  const made: Made[] = [];
  const scope: Scope = {
    address(tensor) {
      const address = allocate(util.sizeFromShape(tensor.shape));
      const values = backend.typedArrayFromHeap(tensor) as Float32Array;
      heap.f32(address, values.length).set(values);
      return address;
    },
    make(shape) {
      const address = allocate(util.sizeFromShape(shape));
      const result = { tensor: backend.makeOutput(shape, "float32"), address };
      made.push(result);
      return result;
    },
  };
  try {
    const result = work(scope);
    for (const { tensor, address } of made) {
      const values = backend.typedArrayFromHeap(tensor) as Float32Array;
      values.set(heap.f32(address, values.length));
    }
    return result;
  } catch (error) {
    for (const { tensor } of made) backend.disposeData(tensor.dataId);
    throw error;
  } finally {
    for (const address of blocks) heap.free(address);
  }
}
