import type { Tensor } from "@tensorflow/tfjs-core";
import { getBackend, tensor, zeros } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import type { BinPlan } from "./bins.js";
import { compositeGradient, compositeSums } from "./composite.js";
import type { BinKernels } from "./kernels.js";
import { registeredBinKernels } from "./kernels.js";
import { gradientOfImage, sumsOfBins } from "./reference.js";

const reference: BinKernels = {
  sums: (x, plan) => tensor(Float32Array.from(sumsOfBins(x.dataSync<"float32">(), plan)), plan.shape),
  gradient: (dy, plan) => tensor(Float32Array.from(gradientOfImage(dy.dataSync<"float32">(), plan)), [...plan.image]),
};
const composite: BinKernels = { sums: compositeSums, gradient: compositeGradient };

/** The backend's own kernels; else plain loops on `cpu`, and operations of tfjs-core on every other. */
function implementation(): BinKernels {
  return registeredBinKernels() ?? (getBackend() === "cpu" ? reference : composite);
}

/** The weighted sum of each bin. */
export function sumBins(x: Tensor, plan: BinPlan): Tensor {
  return plan.bins.length === 0 ? zeros(plan.shape) : implementation().sums(x, plan);
}

/** The adjoint of {@link sumBins}: the gradient of the image. */
export function spreadBins(dy: Tensor, plan: BinPlan): Tensor {
  return plan.bins.length === 0 ? zeros([...plan.image]) : implementation().gradient(dy, plan);
}

/** {@link sumBins} with the gradient of x. */
export function poolBins(x: Tensor, plan: BinPlan): Tensor {
  return differentiable(
    { x },
    (inputs) => sumBins(inputs.x, plan),
    (_, dy) => ({ x: spreadBins(dy, plan) }),
  );
}
