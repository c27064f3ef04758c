import type { TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import type { SimdKernelConfig, SimdKernelContext } from "../simdKernel.js";
import { areFloat32, isPerChannel } from "../simdKernel.js";
import { groupNormalize, groupNormGradients } from "./simd.js";

/** The lengths that matter of a tensor (batch, ...space, channels), or `undefined` if the kernels cannot take the call. */
function lengthsOf({ inputs, attrs }: SimdKernelContext) {
  const tensors = Object.values(inputs as Record<string, TensorInfo | null | undefined>).filter((one) => one != null);
  const x = inputs["x"]!;
  const channels = x.shape.at(-1) ?? 0;
  const groups = attrs["groups"] as number;
  const perChannel = [inputs["scale"], inputs["offset"]].filter((one) => one != null);
  if (!areFloat32(...tensors) || x.shape.length < 2 || channels === 0 || channels % groups !== 0) return undefined;
  if (!perChannel.every((one) => isPerChannel(one, channels))) return undefined;
  const pixels = util.sizeFromShape(x.shape.slice(1, -1));
  return { batch: x.shape[0]!, pixels, channels, groups, epsilon: attrs["epsilon"] as number };
}

/** Group normalisation of x (batch, ...space, channels) by its own moments: y, and mean and variance of each image and group. */
const groupNorm: SimdKernelConfig = {
  kernelName: "SimdGroupNorm",
  run(context) {
    const { inputs, backend } = context;
    const { x, scale, offset } = inputs as { x: TensorInfo; scale?: TensorInfo; offset?: TensorInfo };
    const lengths = lengthsOf(context);
    if (lengths === undefined) return undefined;
    const y = backend.allocate([...x.shape], "float32");
    const mean = backend.allocate([lengths.batch, lengths.groups], "float32");
    const variance = backend.allocate([lengths.batch, lengths.groups], "float32");
    groupNormalize(backend.kernels, {
      ...lengths,
      x: backend.pointer(x),
      out: backend.pointer(y),
      mean: backend.pointer(mean),
      variance: backend.pointer(variance),
      scale: scale == null ? undefined : backend.pointer(scale),
      offset: offset == null ? undefined : backend.pointer(offset),
    });
    return [y, mean, variance];
  },
};

/** The gradients of `SimdGroupNorm` with respect to x, scale and offset, from its mean and variance. */
const groupNormGrad: SimdKernelConfig = {
  kernelName: "SimdGroupNormGrad",
  run(context) {
    const { inputs, backend } = context;
    const { x, dy, mean, variance } = inputs as Record<"x" | "dy" | "mean" | "variance", TensorInfo>;
    const scale = inputs["scale"];
    const lengths = lengthsOf(context);
    if (lengths === undefined) return undefined;
    const dx = backend.allocate([...x.shape], "float32");
    const dScale = backend.allocate([lengths.channels], "float32");
    const dOffset = backend.allocate([lengths.channels], "float32");
    groupNormGradients(backend.kernels, {
      ...lengths,
      x: backend.pointer(x),
      gradient: backend.pointer(dy),
      mean: backend.pointer(mean),
      variance: backend.pointer(variance),
      scale: scale == null ? undefined : backend.pointer(scale),
      inputGradient: backend.pointer(dx),
      scaleGradient: backend.pointer(dScale),
      offsetGradient: backend.pointer(dOffset),
    });
    return [dx, dScale, dOffset];
  },
};

/** Group normalisation and its gradients, which tfjs has no kernels for. */
export const groupNormKernels: readonly SimdKernelConfig[] = [groupNorm, groupNormGrad];
