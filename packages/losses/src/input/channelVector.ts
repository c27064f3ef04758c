import type { Tensor2D } from "@tensorflow/tfjs-core";
import { tensor2d } from "@tensorflow/tfjs-core";

/**
 * Numbers of the channels, of shape (1, channels): of one axis alone, `webgpu` refuses the program that combines them with a volume's five,
 * and what is submitted with it is lost without an error.
 */
export function channelVector(values: readonly number[]): Tensor2D {
  return tensor2d([...values], [1, values.length]);
}
