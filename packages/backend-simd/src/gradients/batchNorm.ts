import type { Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  engine,
  getGradient,
  grads,
  moments,
  mul,
  registerGradient,
  rsqrt,
  sub,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { isPerChannel } from "../kernels/simdKernel.js";
import { overrideGradient } from "./overrideGradient.js";

/**
 * The gradients of batch normalisation with respect to all five inputs, from one pass over the image.
 *
 * tfjs asks for each of them in a scope of its own, and disposes what the others made. The four sums of a channel are therefore kept
 * beside the tensors, by the kernel, as long as this gradient can be asked.
 */
export function registerBatchNormGradient(): void {
  overrideGradient("FusedBatchNorm", (dy, saved, { varianceEpsilon }) => {
    const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor | null];
    const channels = x.shape.at(-1)!;
    const perChannel = [mean, variance, ...(scale == null ? [] : [scale])];
    if ([x, dy, ...perChannel].some(({ dtype }) => dtype !== "float32")) return undefined;
    if (!perChannel.every((one) => isPerChannel(one, channels))) return undefined;
    const key = {};
    const of = (wanted: string): Tensor => {
      const inputs = { x, dy, mean, variance, ...(scale == null ? {} : { scale }) };
      return engine().runKernel(
        "SimdBatchNormGrad",
        inputs as never,
        { varianceEpsilon: varianceEpsilon!, wanted, key } as never,
      ) as Tensor;
    };
    return {
      x: () => of("x"),
      mean: () => of("mean"),
      variance: () => of("variance"),
      scale: () => of("scale"),
      offset: () => of("offset"),
    };
  });
}

/**
 * The gradient of {@link fuseBatchNormalization}'s operation with respect to image, scale and offset, what flows through the moments
 * included. Its second and third output are for moving averages: nothing flows back through them.
 */
export function registerTrainingBatchNormGradient(): void {
  if (getGradient("SimdBatchNormTraining") !== undefined) return;
  registerGradient({
    kernelName: "SimdBatchNormTraining",
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, true, true],
    gradFunc(dys, saved, attrs) {
      const [dy] = dys as Tensor[];
      const [x, scale, mean, variance] = saved as [Tensor, Tensor, Tensor, Tensor];
      const { epsilon } = attrs as unknown as { epsilon: number };
      const [dx, dScale, dOffset] =
        engine().state.gradientDepth === 0
          ? (engine().runKernel(
              "SimdBatchNormTrainingGrad",
              { dy, x, mean, variance, scale } as never,
              { epsilon } as never,
            ) as unknown as Tensor[])
          : composedGradients(dy!, x, scale, epsilon);
      return { x: () => dx!, scale: () => dScale!, offset: () => dOffset! };
    },
  });
}

/** The same of operations that have gradients themselves, for a gradient of a gradient. */
function composedGradients(dy: Tensor, x: Tensor, scale: Tensor, epsilon: number): Tensor[] {
  const axes = x.shape.slice(1).map((_length, axis) => axis);
  const normalized = (input: Tensor, gain: Tensor, shift: Tensor): Tensor => {
    const { mean, variance } = moments(input, axes);
    return add(mul(mul(sub(input, mean), rsqrt(add(variance, epsilon))), gain), shift);
  };
  return grads(normalized as never)([x, scale, zerosLike(scale)], dy);
}
