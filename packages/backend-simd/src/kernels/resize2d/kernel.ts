import { BackendError } from "@ddl/core";
import type { NamedAttrMap } from "@tensorflow/tfjs-core";
import type { SimdKernelConfig } from "../simdKernel.js";
import { areFloat32 } from "../simdKernel.js";
import { type Resize2dMethod, type Resize2dShape, resize2d, resize2dGradient } from "./simd.js";

type Shape4 = [number, number, number, number];

/** A kernel of the forward map. */
function forward(kernelName: string, method: Resize2dMethod): SimdKernelConfig {
  return {
    kernelName,
    run({ backend, inputs, attrs }) {
      const images = inputs["images"]!;
      // The nearest neighbour is a copy, of whatever has 4 bytes: masks are often int32.
      const known = images.dtype === "float32" || (method === "nearest" && images.dtype === "int32");
      const shape = shapeOf(images.shape as Shape4, attrs["size"] as [number, number], attrs);
      if (!known || shape === undefined || shape.rows * shape.columns === 0) return undefined;
      const outShape = [shape.batch, shape.outRows, shape.outColumns, shape.channels];
      const out = backend.allocate(outShape, images.dtype === "int32" ? "int32" : "float32");
      resize2d(backend.kernels, { shape, method, input: backend.pointer(images), out: backend.pointer(out) });
      return out;
    },
  };
}

/** A kernel of the gradient. */
function gradient(kernelName: string, method: Resize2dMethod): SimdKernelConfig {
  return {
    kernelName,
    run({ backend, inputs, attrs }) {
      // Of the images only the shape counts.
      const { shape: imageShape } = inputs["images"]!;
      const dy = inputs["dy"]!;
      const [batch, outRows, outColumns, channels] = dy.shape as Shape4;
      const shape = shapeOf(imageShape as Shape4, [outRows, outColumns], attrs);
      if (shape === undefined || !areFloat32(dy) || batch !== shape.batch || channels !== shape.channels) {
        if (attrs["halfPixelCenters"] !== true) return undefined;
        throw new BackendError(
          `simd: ${kernelName} needs a float32 gradient, and halfPixelCenters without alignCorners.`,
        );
      }
      const out = backend.allocate([...imageShape], "float32");
      resize2dGradient(backend.kernels, { shape, method, gradient: backend.pointer(dy), out: backend.pointer(out) });
      return out;
    },
  };
}

/** tfjs's kernels that resize images. Its gradients on `cpu` leave `halfPixelCenters` out; these do not. */
export const resizeKernels: readonly SimdKernelConfig[] = [
  forward("ResizeBilinear", "bilinear"),
  forward("ResizeNearestNeighbor", "nearest"),
  gradient("ResizeBilinearGrad", "bilinear"),
  gradient("ResizeNearestNeighborGrad", "nearest"),
];

/** Sizes, or `undefined` for both options at once, which tfjs's operations refuse: `cpu` then reads beyond the image. */
function shapeOf(
  [batch, rows, columns, channels]: Shape4,
  [outRows, outColumns]: [number, number],
  { alignCorners = false, halfPixelCenters = false }: NamedAttrMap,
): Resize2dShape | undefined {
  if (alignCorners && halfPixelCenters) return undefined;
  const options = { alignCorners: Boolean(alignCorners), halfPixelCenters: Boolean(halfPixelCenters) };
  return { batch, rows, columns, channels, outRows, outColumns, ...options };
}
