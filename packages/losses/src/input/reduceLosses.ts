import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { mean, sum } from "@tensorflow/tfjs-core";
import type { Reduction } from "./lossOptions.js";

/** The mean, the sum, or the values themselves; the type says scalar because two of three are. */
export function reduceLosses(losses: Tensor, reduction: Reduction): Scalar {
  if (reduction === "none") return losses as Scalar;
  return (reduction === "sum" ? sum(losses) : mean(losses)) as Scalar;
}
