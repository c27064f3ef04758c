import type { Tensor } from "@tensorflow/tfjs-core";
import { getBackend, tensor, zeros } from "@tensorflow/tfjs-core";
import { composite } from "./composite.js";
import type { AttentionGeometry } from "./geometry.js";
import type { AttentionKernels } from "./kernels.js";
import { attentionForward, attentionGradients } from "./reference.js";

const read = (t: Tensor): Float32Array => t.dataSync<"float32">();
const write = (values: Float64Array, shape: number[]): Tensor => tensor(Float32Array.from(values), shape);

/** The plain loops on tensors: what the backend `cpu` runs. */
const reference: AttentionKernels = {
  forward({ value, locations, weights }, g) {
    const values = attentionForward(read(value), read(locations), read(weights), g);
    return write(values, [g.batch, g.queries, g.heads * g.channels]);
  },
  gradients({ value, locations, weights }, dy, g) {
    const all = attentionGradients(read(value), read(locations), read(weights), read(dy), g);
    return {
      value: write(all.value, value.shape),
      locations: write(all.locations, locations.shape),
      weights: write(all.weights, weights.shape),
    };
  },
};

/** No image or no query, no operation: backends differ in what they make of tensors without elements. */
const empty: AttentionKernels = {
  forward: (_, g) => zeros([g.batch, g.queries, g.heads * g.channels]),
  gradients: ({ value, locations, weights }) => ({
    value: zeros(value.shape),
    locations: zeros(locations.shape),
    weights: zeros(weights.shape),
  }),
};

/** The implementation for a geometry on the backend in use. */
export function implementationFor({ batch, queries }: AttentionGeometry): AttentionKernels {
  if (batch * queries === 0) return empty;
  return getBackend() === "cpu" ? reference : composite;
}
