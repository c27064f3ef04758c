import type { Tensor } from "@tensorflow/tfjs-core";
import { sum, zeros } from "@tensorflow/tfjs-core";

/** The gradient of what is added to each channel. tfjs' sum over no elements fails on webgl and is undefined on wasm. */
export function biasGradient(dy: Tensor): Tensor {
  return dy.size === 0 ? zeros([dy.shape[3]!]) : sum(dy, [0, 1, 2]);
}
