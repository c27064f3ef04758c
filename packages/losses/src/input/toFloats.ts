import type { Tensor } from "@tensorflow/tfjs-core";
import { cast, getBackend, mul, tidy } from "@tensorflow/tfjs-core";

/**
 * x as float32. On `webgpu` a cast leaves whole numbers under that name, for which tfjs's transposition, the first step of a sum over any but
 * the last axis, does not compile; and all that is submitted with it is lost without an error.
 */
export function toFloats(x: Tensor): Tensor {
  const named = (): Tensor => cast(x, "float32");
  return x.dtype !== "float32" && getBackend() === "webgpu" ? tidy(() => mul(named(), 1)) : named();
}
