import type { Tensor } from "@tensorflow/tfjs-core";
import { engine } from "@tensorflow/tfjs-core";
import { isPerChannel } from "../kernels/simdKernel.js";
import { overrideGradient } from "./overrideGradient.js";

/**
 * The gradients of batch normalisation with respect to all five inputs, from one pass over the image.
 *
 * tfjs asks for each of them in a scope of its own, and disposes what the others made. The four sums of a channel are therefore kept
 * beside the tensors, by the kernel, until this turn of the event loop ends.
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
