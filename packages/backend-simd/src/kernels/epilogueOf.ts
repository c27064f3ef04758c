import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend/SimdBackend.js";
import type { Epilogue } from "./kernelHost.js";

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
  if (bias !== undefined && (bias.dtype !== "float32" || bias.shape.reduce((a, b) => a * b, 1) !== channels))
    return undefined;
  if (bias !== undefined && (bias.shape.at(-1) ?? 1) !== channels) return undefined;
  return {
    activation: known,
    bias: bias === undefined ? undefined : backend.pointer(bias),
    alpha: leakyreluAlpha as number | undefined,
  };
}
