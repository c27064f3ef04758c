import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { customGrad, mul, sum, tidy } from "@tensorflow/tfjs-core";

/** A loss of each element (or voxel) as a function of the logits and of constants, and its derivative. */
export interface ElementFunction {
  value: (z: Tensor, constants: Tensor[]) => Tensor;
  /** Derivative by the logits, in their shape. */
  slope: (z: Tensor, constants: Tensor[]) => Tensor;
}

/**
 * The losses of the elements, or their sum times `scale`, as one operation with its own gradient, which holds the logits and the
 * constants between the passes and nothing else. Inside a `tidy`; no gradient for the constants.
 */
export function elementLoss(logits: Tensor, constants: Tensor[], f: ElementFunction, scale?: Scalar): Tensor {
  return customGrad((x, save) => {
    const z = x as Tensor;
    (save as (tensors: Tensor[]) => void)([z, ...constants, ...(scale === undefined ? [] : [scale])]);
    const losses = tidy(() => f.value(z, constants));
    const value = scale === undefined ? losses : tidy(() => mul(sum(losses), scale));
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const held = saved.slice(1, 1 + constants.length);
      const factor = scale === undefined ? dy : mul(dy, saved.at(-1)!);
      return tidy(() =>
        mul(
          tidy(() => f.slope(saved[0]!, held)),
          factor,
        ),
      );
    };
    return { value, gradFunc };
  })(logits);
}
