import type { TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import type { SimdKernelConfig } from "../simdKernel.js";
import { areFloat32 } from "../simdKernel.js";
import { adam, momentum, sgd } from "./simd.js";

/**
 * A step of an optimiser that changes its inputs in place: the parameters, which it returns, and what it remembers of them. Each must be
 * the only tensor with its memory.
 */
function step(
  kernelName: string,
  changed: readonly string[],
  compute: (context: Parameters<SimdKernelConfig["run"]>[0], pointers: Record<string, number>, length: number) => void,
): SimdKernelConfig {
  return {
    kernelName,
    run(context) {
      const { inputs, backend } = context;
      const parameters = inputs["parameters"]!;
      const tensors = Object.values(inputs as Record<string, TensorInfo>);
      const length = util.sizeFromShape(parameters.shape);
      if (!areFloat32(...tensors) || tensors.some(({ shape }) => util.sizeFromShape(shape) !== length))
        return undefined;
      if (changed.some((name) => backend.refCount(inputs[name]!.dataId) !== 1)) return undefined;
      const pointers = Object.fromEntries(Object.entries(inputs).map(([name, one]) => [name, backend.pointer(one!)]));
      compute(context, pointers, length);
      return backend.share(parameters, [...parameters.shape]);
    },
  };
}

type Words = Record<"parameters" | "gradients" | "velocities" | "firstMoments" | "secondMoments", number>;

/** Updates of parameters in one pass. They have no counterpart among tfjs's kernels, whose optimisers are made of a dozen operations. */
export const optimizerKernels: readonly SimdKernelConfig[] = [
  step("SimdSgd", ["parameters"], ({ attrs, backend }, pointers, length) => {
    sgd(backend.kernels, { ...(pointers as Words), length, learningRate: attrs["learningRate"] as number });
  }),
  step("SimdMomentum", ["parameters", "velocities"], ({ attrs, backend }, pointers, length) => {
    momentum(backend.kernels, {
      ...(pointers as Words),
      length,
      learningRate: attrs["learningRate"] as number,
      momentum: attrs["momentum"] as number,
      nesterov: attrs["nesterov"] as boolean,
    });
  }),
  step("SimdAdam", ["parameters", "firstMoments", "secondMoments"], ({ attrs, backend }, pointers, length) => {
    adam(backend.kernels, {
      ...(pointers as Words),
      length,
      beta1: attrs["beta1"] as number,
      beta2: attrs["beta2"] as number,
      epsilon: attrs["epsilon"] as number,
      step: attrs["step"] as number,
      rootCorrection: attrs["rootCorrection"] as number,
      // tfjs's optimiser has none; that of @ddl/training does.
      decay: attrs["decay"] as number | undefined,
    });
  }),
];
