import type { Tensor } from "@tensorflow/tfjs-core";
import { getBackend, tensor, zeros } from "@tensorflow/tfjs-core";
import { composite } from "./composite.js";
import type { DeformConv3dGeometry } from "./geometry.js";
import type { DeformConv3dKernels } from "./kernels.js";
import { deformConv3dForward, deformConv3dGradients } from "./reference.js";

const read = (t: Tensor): Float32Array => t.dataSync<"float32">();
const write = (values: Float64Array, shape: number[]): Tensor => tensor(Float32Array.from(values), shape);
const resultShape = (g: DeformConv3dGeometry): number[] => [g.batch, ...g.out, g.outChannels];
const maskShape = (offset: Tensor): number[] => [...offset.shape.slice(0, 4), offset.shape[4]! / 3];

/** The plain loops on tensors: what the backend `cpu` runs. */
const reference: DeformConv3dKernels = {
  forward({ x, filter, offset, mask }, g) {
    return write(deformConv3dForward(read(x), read(filter), read(offset), mask && read(mask), g), resultShape(g));
  },
  gradients({ x, filter, offset, mask, dy }, g) {
    const all = deformConv3dGradients(read(x), read(filter), read(offset), mask && read(mask), read(dy), g);
    return {
      x: write(all.x, x.shape),
      filter: write(all.filter, filter.shape),
      offset: write(all.offset, offset.shape),
      mask: write(all.mask, maskShape(offset)),
    };
  },
};

/** No volume, no operation: backends differ in what they make of tensors without elements. */
const empty: DeformConv3dKernels = {
  forward: (_, g) => zeros(resultShape(g)),
  gradients: ({ x, filter, offset }) => ({
    x: zeros(x.shape),
    filter: zeros(filter.shape),
    offset: zeros(offset.shape),
    mask: zeros(maskShape(offset)),
  }),
};

/** The implementation for a geometry on the backend in use. */
export function implementationFor({ batch }: DeformConv3dGeometry): DeformConv3dKernels {
  if (batch === 0) return empty;
  return getBackend() === "cpu" ? reference : composite;
}
