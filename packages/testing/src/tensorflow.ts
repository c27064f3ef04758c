import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { KernelFunc } from "@tensorflow/tfjs-core";
import {
  copyRegisteredKernels,
  engine,
  getKernel,
  registerBackend,
  registerKernel,
  unregisterKernel,
} from "@tensorflow/tfjs-core";

const backendName = "tensorflow";

/** Kernels of `@tensorflow/tfjs-node` 4.22 that know no padding but `same` and `valid`. */
const strict = [
  "AvgPool",
  "AvgPoolGrad",
  "Conv2DBackpropFilter",
  "Conv2DBackpropInput",
  "DepthwiseConv2dNative",
  "MaxPool",
  "MaxPoolGrad",
];

/**
 * Registers a stand-in for the backend of `@tensorflow/tfjs-node`, whose native code not every machine can have: `cpu` by the name
 * `tensorflow`, that refuses what the real one refuses.
 */
export function registerTensorflowStandIn(): void {
  if (engine().backendNames().includes(backendName)) return;
  registerBackend(backendName, () => new MathBackendCPU());
  copyRegisteredKernels("cpu", backendName);
  for (const kernelName of strict) {
    const { kernelFunc, ...kernel } = getKernel(kernelName, backendName);
    const refusing: KernelFunc = (call) => {
      const pad: unknown = call.attrs?.["pad"];
      if (typeof pad !== "string" && [pad].flat(2).some((pixels) => pixels !== 0)) {
        throw new Error(
          `TF Backend supports only 'valid' and 'same' padding while padding was EXPLICIT: ${kernelName}`,
        );
      }
      return kernelFunc(call);
    };
    unregisterKernel(kernelName, backendName);
    registerKernel({ ...kernel, kernelFunc: refusing });
  }
}
