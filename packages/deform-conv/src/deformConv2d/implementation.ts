import type { Tensor } from "@tensorflow/tfjs-core";
import { getBackend, tensor, zeros } from "@tensorflow/tfjs-core";
import { composite } from "./composite.js";
import type { DeformConvGeometry } from "./geometry.js";
import type { DeformConvKernels } from "./kernels.js";
import { registeredKernels } from "./kernels.js";
import { deformConvForward, deformConvInputGradient, deformConvParameterGradients } from "./reference.js";

const read = (t: Tensor): Float32Array => t.dataSync<"float32">();
const write = (values: Float64Array, shape: number[]): Tensor => tensor(Float32Array.from(values), shape);

/** The plain loops on tensors: what the backend `cpu` runs. */
const reference: DeformConvKernels = {
  forward({ x, filter, offset, mask }, g) {
    const values = deformConvForward(read(x), read(filter), read(offset), mask && read(mask), g);
    return write(values, [g.batch, g.outHeight, g.outWidth, g.outChannels]);
  },
  inputGradient({ filter, offset, mask, dy }, g) {
    const values = deformConvInputGradient(read(filter), read(offset), mask && read(mask), read(dy), g);
    return write(values, [g.batch, g.inHeight, g.inWidth, g.inChannels]);
  },
  parameterGradients({ x, filter, offset, mask, dy }, g) {
    const all = deformConvParameterGradients(read(x), read(filter), read(offset), mask && read(mask), read(dy), g);
    const maskShape = [...offset.shape.slice(0, 3), offset.shape[3]! / 2];
    return {
      filter: write(all.filter, filter.shape),
      offset: write(all.offset, offset.shape),
      mask: write(all.mask, maskShape),
    };
  },
};

/** No image, no operation: backends differ in what they make of tensors without elements. */
const empty: DeformConvKernels = {
  forward: (_, g) => zeros([0, g.outHeight, g.outWidth, g.outChannels]),
  inputGradient: (_, g) => zeros([0, g.inHeight, g.inWidth, g.inChannels]),
  parameterGradients: ({ filter, offset }) => ({
    filter: zeros(filter.shape),
    offset: zeros(offset.shape),
    mask: zeros([...offset.shape.slice(0, 3), offset.shape[3]! / 2]),
  }),
};

/** The implementation for a geometry on the backend in use: its own kernels, and for what it lacks the plain ones. */
export function implementationFor({ batch }: DeformConvGeometry): Required<DeformConvKernels> {
  if (batch === 0) return complete(empty);
  const plain = getBackend() === "cpu" ? reference : composite;
  return complete({ ...plain, ...registeredKernels() });
}

function complete(kernels: DeformConvKernels): Required<DeformConvKernels> {
  return {
    gradients: (inputs, g) => ({
      ...kernels.parameterGradients(inputs, g),
      x: kernels.inputGradient(inputs, g),
    }),
    ...kernels,
  };
}
