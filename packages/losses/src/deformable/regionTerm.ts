import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { mul, square, sub, sum } from "@tensorflow/tfjs-core";
import { weightedSum } from "../boundary/weightedSum.js";

/** scale · Σ [μ·u(v − 1)² + (1 − u)·v²], which is linear in u: its gradient is scale · [μ(v − 1)² − v²]. Inside a `tidy`. */
export function regionTerm(v: Tensor, u: Tensor, mu: number, scale: number): Scalar {
  const terms = () => {
    const outside = square(v);
    return { weights: sub(mul(square(sub(v, 1)), mu), outside), constant: sum(outside) };
  };
  return weightedSum(u, terms, scale);
}
