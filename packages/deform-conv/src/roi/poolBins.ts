import type { Tensor } from "@tensorflow/tfjs-core";
import { getBackend, tensor, zeros } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import type { BinPlan } from "./bins.js";
import { compositeGradient, compositeSums } from "./composite.js";
import { gradientOfImage, sumsOfBins } from "./reference.js";

/** The weighted sum of each bin: plain loops on the backend `cpu`, operations of tfjs-core on every other. */
export function sumBins(x: Tensor, plan: BinPlan): Tensor {
  if (plan.bins.length === 0) return zeros(plan.shape);
  if (getBackend() !== "cpu") return compositeSums(x, plan);
  return tensor(Float32Array.from(sumsOfBins(x.dataSync<"float32">(), plan)), plan.shape);
}

/** The adjoint of {@link sumBins}: the gradient of the image. */
export function spreadBins(dy: Tensor, plan: BinPlan): Tensor {
  if (plan.bins.length === 0) return zeros([...plan.image]);
  if (getBackend() !== "cpu") return compositeGradient(dy, plan);
  return tensor(Float32Array.from(gradientOfImage(dy.dataSync<"float32">(), plan)), [...plan.image]);
}

/** {@link sumBins} with the gradient of x. */
export function poolBins(x: Tensor, plan: BinPlan): Tensor {
  return differentiable(
    { x },
    (inputs) => sumBins(inputs.x, plan),
    (_, dy) => ({ x: spreadBins(dy, plan) }),
  );
}
