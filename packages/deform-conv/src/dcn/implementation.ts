import type { Tensor } from "@tensorflow/tfjs-core";
import { getBackend, tensor, zeros } from "@tensorflow/tfjs-core";
import { composite } from "./composite.js";
import type { DcnGeometry } from "./geometry.js";
import type { DcnKernels } from "./kernels.js";
import { dcnForward, dcnGradients } from "./reference.js";

const read = (t: Tensor): Float32Array => t.dataSync<"float32">();
const write = (values: Float64Array, shape: number[]): Tensor => tensor(Float32Array.from(values), shape);
const resultShape = (g: DcnGeometry): number[] => [g.batch, g.outHeight, g.outWidth, g.inChannels];

/** The plain loops on tensors: what the backend `cpu` runs. */
const reference: DcnKernels = {
  forward: ({ x, offset, mask }, g) => write(dcnForward(read(x), read(offset), read(mask), g), resultShape(g)),
  gradients({ x, offset, mask, dy }, g) {
    const all = dcnGradients(read(x), read(offset), read(mask), read(dy), g);
    return {
      x: write(all.x, x.shape),
      offset: write(all.offset, offset.shape),
      mask: write(all.mask, mask.shape),
    };
  },
};

/** No image, no operation: backends differ in what they make of tensors without elements. */
const empty: DcnKernels = {
  forward: (_, g) => zeros(resultShape(g)),
  gradients: ({ x, offset, mask }) => ({ x: zeros(x.shape), offset: zeros(offset.shape), mask: zeros(mask.shape) }),
};

/** The implementation for a geometry on the backend in use. */
export function implementationFor({ batch }: DcnGeometry): DcnKernels {
  if (batch === 0) return empty;
  return getBackend() === "cpu" ? reference : composite;
}
