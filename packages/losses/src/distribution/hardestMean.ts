import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { customGrad, mul, scalar, tensor, tidy } from "@tensorflow/tfjs-core";
import { descendingOrder } from "../input/descendingOrder.js";

/**
 * The mean of the largest losses: `choose` says how many, given their order from the largest down and the number of voxels that count.
 * The choice is made on the values read back, and carries no gradient. No voxel: 0.
 */
export function hardestMean(
  losses: Tensor,
  keep: Tensor | undefined,
  choose: (values: Float32Array, order: Uint32Array, kept: number) => number,
): Scalar {
  return customGrad((x, save) => {
    const values = Float32Array.from((x as Tensor).dataSync());
    const mask = keep?.dataSync();
    let kept = 0;
    for (let i = 0; i < values.length; i++) {
      if (mask !== undefined && mask[i] === 0) values[i] = 0;
      else {
        // Rounding can leave a loss at −1e-7 or 0: it still is a voxel that can be chosen.
        if (values[i]! < smallest) values[i] = smallest;
        kept++;
      }
    }
    const order = descendingOrder(values, 0, 1, values.length);
    const count = choose(values, order, kept);
    const share = new Float32Array(values.length);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      share[order[k]!] = 1 / count;
      sum += values[order[k]!]!;
    }
    const slope = tensor(share, (x as Tensor).shape);
    (save as (tensors: Tensor[]) => void)([slope]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => tidy(() => mul(saved[0]!, dy));
    return { value: scalar(count === 0 ? 0 : sum / count), gradFunc };
  })(losses) as Scalar;
}

const smallest = 1e-30;
