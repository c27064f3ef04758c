import type { Tensor } from "@tensorflow/tfjs-core";
import { reshape, tidy, tile } from "@tensorflow/tfjs-core";

/** A mask of one channel, repeated for each channel. */
export function everyChannel(mask: Tensor, channels: number): Tensor {
  if (channels === 1) return mask;
  // As a list of voxels: `webgpu` repeats tensors of five axes on the host, where it cannot read them at once.
  return tidy(() => reshape(tile(reshape(mask, [-1, 1]), [1, channels]), [...mask.shape.slice(0, -1), channels]));
}
