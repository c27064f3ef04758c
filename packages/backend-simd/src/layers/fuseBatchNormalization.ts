import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import { add, engine, getBackend, mul, ones, serialization, tidy, zeros } from "@tensorflow/tfjs-core";

/** A weight of a tf.layers layer. */
interface Weight {
  read(): Variable;
  write(value: Tensor): unknown;
}

/** What is used here of tf.layers' `BatchNormalization`. */
interface BatchNormalization {
  axis: number;
  momentum: number;
  epsilon: number;
  gamma?: Weight;
  beta?: Weight;
  movingMean: Weight;
  movingVariance: Weight;
  call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor | Tensor[];
}

const fused: unique symbol = Symbol.for("@ddl/backend-simd/batchNormalization") as never;

/**
 * Puts the fused kernels behind `tf.layers.batchNormalization` in training while this backend is in use: three passes over memory forwards
 * and four backwards, where tfjs's composition makes some twenty. Elsewhere it stays as it is. Models, weights and configurations are the
 * same; `scale: false` and `center: false` train too, which tfjs's own cannot.
 *
 * The class is found where tf.layers registers it, so that this package does not depend on tf.layers.
 */
export function fuseBatchNormalization(): void {
  const registered = serialization.SerializationMap.getMap().classNameMap["BatchNormalization"]?.[0];
  const prototype = registered?.prototype as unknown as (BatchNormalization & { [fused]?: true }) | undefined;
  if (prototype === undefined || Object.hasOwn(prototype, fused)) return;
  const own = prototype.call;
  prototype.call = function (this: BatchNormalization, inputs, kwargs) {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const lastAxis = this.axis === -1 || this.axis === x.rank - 1;
    if (!kwargs?.training || getBackend() !== "simd" || !lastAxis || x.rank < 2 || x.dtype !== "float32") {
      return own.call(this, inputs, kwargs);
    }
    return tidy(() => {
      const channels = x.shape.at(-1)!;
      const scale = this.gamma?.read() ?? ones([channels]);
      const offset = this.beta?.read() ?? zeros([channels]);
      const words = { epsilon: this.epsilon };
      const outputs = engine().runKernel("SimdBatchNormTraining", { x, scale, offset } as never, words);
      const [y, mean, variance] = outputs as unknown as [Tensor, Tensor, Tensor];
      const follow = (weight: Weight, value: Tensor): void => {
        weight.write(add(mul(weight.read(), this.momentum), mul(value, 1 - this.momentum)));
      };
      follow(this.movingMean, mean);
      follow(this.movingVariance, variance);
      return y;
    });
  };
  prototype[fused] = true;
}
