import { expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { add, engine, getBackend, getKernel, moments, mul, rsqrt, sub, tidy } from "@tensorflow/tfjs-core";
import { expectTensor } from "./expectTensor.js";
import { expectChannels } from "./groupNorm.js";
import { perChannel } from "./perChannel.js";

/** Options of {@link batchNormTraining}. */
export interface BatchNormTrainingOptions {
  /** Factor of each channel, shape [channels]. */
  scale: Tensor;
  /** Added to each channel, shape [channels]. */
  offset: Tensor;
  /** Added to the variance, > 0. Default 1e-5. */
  epsilon?: number;
}

/** What {@link batchNormTraining} gives. */
export interface BatchNormTraining {
  /** The normalised x. */
  y: Tensor;
  /** Mean of each channel, shape [channels], for a running average: nothing flows back through it. */
  mean: Tensor1D;
  /** Biased variance of each channel, likewise. */
  variance: Tensor1D;
}

/**
 * Batch normalisation as it is done in training: (x − mean) / √(variance + epsilon) · scale + offset, with the mean and the biased variance
 * of each channel over all images and pixels.
 *
 * On the backend `simd` one operation of WebAssembly; elsewhere made of tfjs's operations. It has gradients with respect to x, scale and
 * offset, and these have gradients too.
 *
 * @param x (batch, …space, channels), float32, at least two axes
 * @throws ArgumentError for what is no tensor of numbers, and for an unknown option; ShapeError for fewer than two axes and for another
 *   shape of `scale` or `offset` than [channels]; RangeArgumentError for epsilon ≤ 0
 * @example
 * ```ts
 * const { y, mean, variance } = batchNormTraining(x, { scale, offset }); // x: [batch, rows, columns, 32]; the others: [32]
 * ```
 *
 * Source: Ioffe and Szegedy 2015 (`ioffe2015`), algorithm 1.
 */
export function batchNormTraining(x: Tensor, options: BatchNormTrainingOptions): BatchNormTraining {
  const functionName = "batchNormTraining";
  const { scale, offset, epsilon = 1e-5 } = expectOptions(functionName, options, ["scale", "offset", "epsilon"]);
  expectTensor(functionName, "x", x);
  const channels = expectChannels(functionName, x);
  for (const [argument, one] of [["scale", scale] as const, ["offset", offset] as const]) {
    expectTensor(functionName, argument, one);
    if (one.shape.length !== 1 || one.shape[0] !== channels) {
      throw new ShapeError({ functionName, argument, expected: `have shape [${channels}]`, received: one.shape });
    }
  }
  expectNumber(functionName, "epsilon", epsilon, { above: 0 });
  const fused = getKernel("SimdBatchNormTraining", getBackend()) !== undefined;
  if (fused && [x, scale, offset].every(({ dtype }) => dtype === "float32")) {
    const outputs = engine().runKernel("SimdBatchNormTraining", { x, scale, offset } as never, { epsilon });
    const [y, mean, variance] = outputs as unknown as [Tensor, Tensor1D, Tensor1D];
    return { y, mean, variance };
  }
  return tidy(() => {
    const { mean, variance } = moments(
      x,
      x.shape.slice(1).map((_length, axis) => axis),
    );
    const each = (numbers: Tensor): Tensor => perChannel(x, numbers);
    const normal = mul(sub(x, each(mean)), each(rsqrt(add(variance, epsilon))));
    const y = add(mul(normal, each(scale)), each(offset));
    return { y, mean: mean as Tensor1D, variance: variance as Tensor1D };
  });
}
