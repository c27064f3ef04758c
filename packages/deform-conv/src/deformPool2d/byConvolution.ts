import type { Tensor } from "@tensorflow/tfjs-core";
import { getBackend, mul, ones } from "@tensorflow/tfjs-core";
import { registeredKernels } from "../deformConv2d/kernels.js";
import { countedOffset, inverseTotals } from "./counting.js";
import type { Pooling } from "./pooling.js";

/**
 * Backends whose kernels of deformConv2d make a mean sooner than tfjs-core's operations do: some four times, forward and with gradients. On
 * graphics cards they multiply by tiles of a filter, which one channel a group leaves all but empty.
 */
const backends = ["simd", "wasm"];

/** The mean as the convolution of each channel with ones, by the kernels of the backend; undefined where that is no gain. */
export function meanByConvolution(pooling: Pooling):
  | {
      forward(x: Tensor, offset: Tensor): Tensor;
      gradients(x: Tensor, offset: Tensor, dy: Tensor): { x: Tensor; offset: Tensor };
    }
  | undefined {
  const { geometry, mode } = pooling;
  const { forward, gradients } = registeredKernels();
  if (mode !== "average" || !backends.includes(getBackend()) || !forward || !gradients) return undefined;
  const filter = (): Tensor => ones([geometry.kernelHeight, geometry.kernelWidth, 1, geometry.inChannels]);
  const inputs = (x: Tensor, offset: Tensor) => ({
    x,
    filter: filter(),
    offset: countedOffset(offset, pooling),
    mask: undefined,
  });
  return {
    forward: (x, offset) => mul(forward(inputs(x, offset), geometry), inverseTotals(pooling)),
    gradients: (x, offset, dy) => gradients({ ...inputs(x, offset), dy: mul(dy, inverseTotals(pooling)) }, geometry),
  };
}
