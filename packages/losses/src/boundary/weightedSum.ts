import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, customGrad, mul, sub, sum, zerosLike } from "@tensorflow/tfjs-core";

/** What {@link weightedSum} sums. */
export interface Terms {
  /** Of the shape of x. */
  weights: Tensor;
  /** A scalar that is added. */
  constant?: Tensor;
}

/**
 * scale · (Σ x·weights + constant), whose gradient is scale · weights: weights and constant are constants of the gradient even where they
 * are made from x, and nothing of their making is kept for it. Inside a `tidy`.
 */
export function weightedSum(x: Tensor, termsOf: (x: Tensor) => Terms, scale: number): Scalar {
  const product = customGrad((p, save) => {
    const { weights, constant } = termsOf(p as Tensor);
    (save as (tensors: Tensor[]) => void)([weights]);
    const weighted = sum(mul(p as Tensor, weights));
    const value = mul(constant === undefined ? weighted : add(weighted, constant), scale);
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => mul(saved[0]!, mul(dy, scale)) };
  });
  return product(x) as Scalar;
}

/** scale · Σ (x − target)²·weights, whose gradient is 2 · scale · (x − target)·weights. Inside a `tidy`. */
export function weightedSquares(x: Tensor, target: Tensor, weights: Tensor, scale: number): Scalar {
  const squares = customGrad((p, save) => {
    const difference = sub(p as Tensor, target);
    const weighted = mul(difference, weights);
    (save as (tensors: Tensor[]) => void)([weighted]);
    const value = mul(sum(mul(difference, weighted)), scale);
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => mul(saved[0]!, mul(dy, 2 * scale)) };
  });
  return squares(x) as Scalar;
}

/** f(x) as a constant of the gradient: nothing of its making is kept for one. Inside a `tidy`. */
export function constantOf(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const constant = customGrad((values) => ({ value: f(values as Tensor), gradFunc: () => zerosLike(x) }));
  return constant(x);
}
