import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { backend_util, slice_util, util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../../backend/SimdBackend.js";
import type { HeapType } from "../../backend/TensorEntry.js";
import { isHeapType } from "../../backend/TensorEntry.js";
import type { SimdKernelConfig } from "../simdKernel.js";
import type { ElementBytes } from "./simd.js";
import { concat, fill, gather, pad, reverse, slice, splitPair, tile, transpose, unsortedSegmentSum } from "./simd.js";

function bytesOf(dtype: DataType): ElementBytes {
  return dtype === "bool" ? 1 : 4;
}

/** A kernel that moves the elements of one tensor, whatever numbers they are. */
function mover(
  kernelName: string,
  run: (
    x: TensorInfo & { dtype: HeapType },
    attrs: Record<string, unknown>,
    backend: SimdBackend,
  ) => TensorInfo | undefined,
): SimdKernelConfig {
  return {
    kernelName,
    run({ inputs, attrs, backend }) {
      const x = inputs["x"]!;
      return isHeapType(x.dtype) ? run({ ...x, dtype: x.dtype }, attrs, backend) : undefined;
    },
  };
}

const transposeKernel = mover("Transpose", (x, { perm }, backend) => {
  const permutation = perm as number[];
  const out = backend.allocate(
    permutation.map((axis) => x.shape[axis]!),
    x.dtype,
  );
  const dense = { x: backend.pointer(x), out: backend.pointer(out), bytes: bytesOf(x.dtype), shape: x.shape };
  transpose(backend.kernels, { ...dense, permutation });
  return out;
});

const sliceKernel = mover("Slice", (x, attrs, backend) => {
  const [begin, size] = slice_util.parseSliceParams(x as never, attrs["begin"] as number, attrs["size"] as number);
  slice_util.assertParamsValid(x, begin!, size!);
  return sliced(backend, x, begin!, size!);
});

function sliced(
  backend: SimdBackend,
  x: TensorInfo & { dtype: HeapType },
  begin: number[],
  size: number[],
): TensorInfo {
  const out = backend.allocate([...size], x.dtype);
  const dense = { x: backend.pointer(x), out: backend.pointer(out), bytes: bytesOf(x.dtype), shape: x.shape };
  slice(backend.kernels, { ...dense, begin, size });
  return out;
}

const padKernel = mover("PadV2", (x, attrs, backend) => {
  const paddings = attrs["paddings"] as [number, number][];
  const value = attrs["constantValue"] as number;
  const out = backend.allocate(
    paddings.map(([before, after], axis) => before + x.shape[axis]! + after),
    x.dtype,
  );
  const [from, to] = [backend.pointer(x), backend.pointer(out)];
  pad(backend.kernels, { x: from, out: to, shape: x.shape, paddings, value, type: x.dtype });
  return out;
});

const tileKernel = mover("Tile", (x, { reps }, backend) => {
  const repeats = reps as number[];
  const out = backend.allocate(
    x.shape.map((length, axis) => length * repeats[axis]!),
    x.dtype,
  );
  const dense = { x: backend.pointer(x), out: backend.pointer(out), bytes: bytesOf(x.dtype), shape: x.shape };
  tile(backend.kernels, { ...dense, repeats });
  return out;
});

const reverseKernel = mover("Reverse", (x, { dims }, backend) => {
  const axes = util.parseAxisParam(dims as number[], [...x.shape]);
  const out = backend.allocate([...x.shape], x.dtype);
  const dense = { x: backend.pointer(x), out: backend.pointer(out), bytes: bytesOf(x.dtype), shape: x.shape };
  reverse(backend.kernels, { ...dense, axes });
  return out;
});

const concatKernel: SimdKernelConfig = {
  kernelName: "Concat",
  run({ inputs, attrs, backend }) {
    const tensors = inputs as unknown as TensorInfo[];
    const { dtype } = tensors[0]!;
    if (!isHeapType(dtype) || tensors.some((one) => one.dtype !== dtype)) return undefined;
    const axis = util.parseAxisParam(attrs["axis"] as number, [...tensors[0]!.shape])[0]!;
    const shapes = tensors.map(({ shape }) => [...shape]);
    backend_util.assertParamsConsistent(shapes, axis);
    const out = backend.allocate(backend_util.computeOutShape(shapes, axis), dtype);
    concat(backend.kernels, {
      inputs: tensors.map((one) => ({ x: backend.pointer(one), shape: one.shape })),
      axis,
      out: backend.pointer(out),
      bytes: bytesOf(dtype),
    });
    return out;
  },
};

const splitKernel: SimdKernelConfig = {
  kernelName: "SplitV",
  run({ inputs, attrs, backend }) {
    const x = inputs["x"]!;
    if (!isHeapType(x.dtype)) return undefined;
    const source = { ...x, dtype: x.dtype };
    const axis = util.parseAxisParam(attrs["axis"] as number, [...x.shape])[0]!;
    const sizes = backend_util.prepareSplitSize(x as never, attrs["numOrSizeSplits"] as number | number[], axis);
    if (sizes.length === 2 && bytesOf(x.dtype) === 4) {
      const parts = sizes.map((length) =>
        backend.allocate(
          x.shape.map((n, k) => (k === axis ? length : n)),
          source.dtype,
        ),
      );
      const [first, second] = parts.map((part) => backend.pointer(part)) as [number, number];
      const { shape } = x;
      splitPair(backend.kernels, { x: backend.pointer(x), shape, axis, size: sizes[0]!, first, second });
      return parts;
    }
    const begin = new Array<number>(x.shape.length).fill(0);
    return sizes.map((length) => {
      const size = x.shape.map((whole, k) => (k === axis ? length : whole));
      const part = sliced(backend, source, begin, size);
      begin[axis]! += length;
      return part;
    });
  },
};

const gatherKernel: SimdKernelConfig = {
  kernelName: "GatherV2",
  run({ inputs, attrs, backend }) {
    const x = inputs["x"]!;
    const indices = inputs["indices"]!;
    if (!isHeapType(x.dtype) || indices.dtype !== "int32") return undefined;
    const axis = util.parseAxisParam(attrs["axis"] as number, [...x.shape])[0]!;
    const batchDims = (attrs["batchDims"] ?? 0) as number;
    // The kernel gives zeros for what lies outside; tfjs on a CPU throws, and its text is the inherited kernel's.
    const values = backend.readSync(indices.dataId) as Int32Array;
    if (values.some((index) => index < 0 || index >= x.shape[axis]!)) return undefined;
    const info = backend_util.segment_util.collectGatherOpShapeInfo(x as never, indices as never, axis, batchDims);
    const out = backend.allocate(info.outputShape, x.dtype);
    gather(backend.kernels, {
      x: backend.pointer(x),
      indices: backend.pointer(indices),
      out: backend.pointer(out),
      bytes: bytesOf(x.dtype),
      batch: info.batchSize,
      outer: info.outerSize,
      size: info.dimSize,
      count: values.length / info.batchSize,
      inner: info.sliceSize,
    });
    return out;
  },
};

const fillKernel: SimdKernelConfig = {
  kernelName: "Fill",
  run({ attrs, backend }) {
    const value = attrs["value"];
    const dtype = (attrs["dtype"] as DataType | undefined) ?? util.inferDtype(value as number);
    if (!isHeapType(dtype)) return undefined;
    const shape = attrs["shape"] as number[];
    return filled(backend, shape, Number(value), dtype);
  },
};

function filled(backend: SimdBackend, shape: readonly number[], value: number, type: HeapType): TensorInfo {
  const out = backend.allocate([...shape], type);
  fill(backend.kernels, { out: backend.pointer(out), length: util.sizeFromShape([...shape]), value, type });
  return out;
}

const zerosLikeKernel = mover("ZerosLike", (x, _attrs, backend) => filled(backend, x.shape, 0, x.dtype));
const onesLikeKernel = mover("OnesLike", (x, _attrs, backend) => filled(backend, x.shape, 1, x.dtype));

const unsortedSegmentSumKernel: SimdKernelConfig = {
  kernelName: "UnsortedSegmentSum",
  run({ inputs, attrs, backend }) {
    const x = inputs["x"]!;
    const ids = inputs["segmentIds"]!;
    if (x.dtype !== "float32" || ids.dtype !== "int32" || ids.shape.length !== 1) return undefined;
    const segments = attrs["numSegments"] as number;
    const rest = x.shape.slice(1);
    const out = backend.allocate([segments, ...rest], "float32");
    unsortedSegmentSum(backend.kernels, {
      x: backend.pointer(x),
      ids: backend.pointer(ids),
      out: backend.pointer(out),
      rows: x.shape[0]!,
      columns: util.sizeFromShape(rest),
      segments,
    });
    return out;
  },
};

/** tfjs's kernels that move numbers and change none, and the sum by segments. */
export const copyKernels: readonly SimdKernelConfig[] = [
  transposeKernel,
  sliceKernel,
  padKernel,
  tileKernel,
  reverseKernel,
  concatKernel,
  splitKernel,
  gatherKernel,
  fillKernel,
  zerosLikeKernel,
  onesLikeKernel,
  unsortedSegmentSumKernel,
];
