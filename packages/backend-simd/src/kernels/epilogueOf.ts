import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend/SimdBackend.js";
import type { Epilogue } from "./kernelHost.js";
import { areFloat32, isPerChannel } from "./simdKernel.js";

const activations: Readonly<Record<string, Epilogue["activation"]>> = {
  linear: "none",
  relu: "relu",
  relu6: "relu6",
  leakyrelu: "leakyRelu",
};

/**
 * Bias and activation of a fused operation in a form that a kernel applies, or `undefined` if it cannot: another activation, or a bias
 * that is not one number a channel.
 */
export function epilogueOf(
  backend: SimdBackend,
  bias: TensorInfo | undefined,
  channels: number,
  { activation, leakyreluAlpha }: NamedAttrMap,
): Epilogue | undefined {
  const known = activations[(activation as string | undefined) ?? "linear"];
  if (known === undefined) return undefined;
  if (bias !== undefined && !(areFloat32(bias) && isPerChannel(bias, channels))) return undefined;
  return {
    activation: known,
    bias: bias === undefined ? undefined : backend.pointer(bias),
    alpha: leakyreluAlpha as number | undefined,
  };
}
