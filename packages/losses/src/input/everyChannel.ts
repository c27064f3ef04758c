import type { Tensor } from "@tensorflow/tfjs-core";
import { tile } from "@tensorflow/tfjs-core";

/** A mask of one channel, repeated for each channel. */
export function everyChannel(mask: Tensor, channels: number): Tensor {
  return channels === 1 ? mask : tile(mask, [...mask.shape.slice(1).map(() => 1), channels]);
}
