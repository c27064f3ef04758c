import type { TensorInfo } from "@tensorflow/tfjs-core";
import { broadcast_util, util } from "@tensorflow/tfjs-core";
import { epilogueOf } from "../epilogueOf.js";
import type { Epilogue } from "../kernelHost.js";
import type { SimdKernelConfig, SimdKernelContext } from "../simdKernel.js";
import { matMul } from "./simd.js";

/** tfjs's `BatchMatMul`: (…, rows, inner) · (…, inner, columns), batches broadcast. */
const batchMatMul: SimdKernelConfig = {
  kernelName: "BatchMatMul",
  run: (context) => multiply(context, {}),
};

/** tfjs's `_FusedMatMul`: with bias and activation. */
const fusedMatMul: SimdKernelConfig = {
  kernelName: "_FusedMatMul",
  run(context) {
    const { backend, inputs, attrs } = context;
    const columns = inputs["b"]!.shape.at(attrs["transposeB"] === true ? -2 : -1)!;
    const epilogue = epilogueOf(backend, inputs["bias"], columns, attrs);
    return epilogue === undefined ? undefined : multiply(context, epilogue);
  },
};

/** tfjs's products of matrices. */
export const matMulKernels: readonly SimdKernelConfig[] = [batchMatMul, fusedMatMul];

function multiply({ backend, inputs, attrs }: SimdKernelContext, epilogue: Epilogue): TensorInfo | undefined {
  const a = inputs["a"]!;
  const b = inputs["b"]!;
  if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  const transposeA = attrs["transposeA"] === true;
  const transposeB = attrs["transposeB"] === true;
  const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [aCount, bCount] = [util.sizeFromShape(aBatch), util.sizeFromShape(bBatch)];
  const [rows, inner] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const [innerB, columns] = transposeB ? [b.shape.at(-1)!, b.shape.at(-2)!] : [b.shape.at(-2)!, b.shape.at(-1)!];
  // The inherited kernel says what does not fit.
  if (inner !== innerB) return undefined;
  const batch = broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const count = util.sizeFromShape(batch);
  const out = backend.allocate([...batch, rows, columns], "float32");
  const [aPointer, bPointer, outPointer] = [backend.pointer(a), backend.pointer(b), backend.pointer(out)];
  const sizes = { rows, columns, inner, transposeA, transposeB, ...epilogue };
  if ((aCount === 1 || aCount === count) && (bCount === 1 || bCount === count)) {
    const strides = {
      aBatchStride: aCount === 1 ? 0 : rows * inner,
      bBatchStride: bCount === 1 ? 0 : inner * columns,
    };
    matMul(backend.kernels, { a: aPointer, b: bPointer, out: outPointer, batch: count, ...strides, ...sizes });
    return out;
  }
  // Both are repeated, each along other axes (where the inherited kernel reads beyond its input): one product after the other.
  for (let k = 0; k < count; k++) {
    matMul(backend.kernels, {
      a: aPointer + broadcastIndex(k, batch, aBatch) * rows * inner * 4,
      b: bPointer + broadcastIndex(k, batch, bBatch) * inner * columns * 4,
      out: outPointer + k * rows * columns * 4,
      batch: 1,
      aBatchStride: 0,
      bBatchStride: 0,
      ...sizes,
    });
  }
  return out;
}

/** Which entry of an input's batch belongs to an entry of the output's: axes are aligned at their ends, length 1 is repeated. */
function broadcastIndex(index: number, batch: readonly number[], own: readonly number[]): number {
  let result = 0;
  let step = 1;
  for (let axis = batch.length - 1, rest = index; axis >= 0; axis--) {
    const at = rest % batch[axis]!;
    rest = (rest - at) / batch[axis]!;
    const length = own[axis - batch.length + own.length] ?? 1;
    if (length !== 1) result += at * step;
    step *= length;
  }
  return result;
}
