import type { Tensor } from "@tensorflow/tfjs-core";
import { customGrad, mul, reshape, tensor, tidy } from "@tensorflow/tfjs-core";
import { descendingOrder } from "../input/descendingOrder.js";
import type { LossInput } from "../input/lossInput.js";
import type { Over } from "../input/lossOptions.js";

/** How a prediction errs: 1 − x·(2t − 1), or |t − x|. */
export type LovaszError = "hinge" | "absolute";

/**
 * Σ max(e, 0)·w of each group and class, e sorted from the largest down and w the steps of the Jaccard loss along that order, which carry
 * no gradient. One operation: the host sorts what it reads back, and makes the slope of every element in the same pass.
 * @returns values of shape (groups, classes), and 1 where the target has elements
 */
export function lovaszExtension(
  prediction: Tensor,
  { t, keep }: LossInput,
  over: Over,
  error: LovaszError,
): { values: Tensor; present: Tensor } {
  const { shape, size } = prediction;
  const channels = shape.at(-1)!;
  const groups = over === "sample-class" ? shape[0]! : 1;
  const classes = over === "all" ? 1 : channels;
  const present = new Float32Array(groups * classes);
  const values = customGrad((x, save) => {
    const slopes = new Float32Array(size);
    const errors = errorsOf((x as Tensor).dataSync<"float32">(), t.dataSync<"float32">(), error, slopes);
    const mask = keep?.dataSync();
    if (mask !== undefined) for (let i = 0; i < size; i++) if (mask[Math.floor(i / channels)] === 0) errors[i] = 0;
    const targets = t.dataSync<"float32">();
    const sums = new Float32Array(groups * classes);
    const length = size / groups / classes;
    for (let group = 0; group < groups; group++) {
      for (let k = 0; k < classes; k++) {
        const at = group * classes + k;
        const start = group * length * classes + k;
        let total = 0;
        for (let i = 0; i < length; i++) total += targets[start + i * classes]!;
        present[at] = total > 0 ? 1 : 0;
        sums[at] = weighErrors(errors, targets, total, descendingOrder(errors, start, classes, length), slopes);
      }
    }
    // What is not in the order has no error.
    for (let i = 0; i < size; i++) if (errors[i]! <= 0) slopes[i] = 0;
    (save as (tensors: Tensor[]) => void)([tensor(slopes, shape)]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      return tidy(() => {
        const perElement = reshape(saved[0]!, [groups, length, classes]);
        return reshape(
          mul(perElement, groups * classes === 1 ? reshape(dy, []) : reshape(dy, [groups, 1, classes])),
          shape,
        );
      });
    };
    return { value: tensor(sums, [groups, classes]), gradFunc };
  })(prediction);
  return { values, present: tensor(present, [groups, classes]) };
}

/** The errors, and in `slopes` their derivatives by the prediction. */
function errorsOf(x: Float32Array, t: Float32Array, error: LovaszError, slopes: Float32Array): Float32Array {
  const errors = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const sign = error === "hinge" ? 1 - 2 * t[i]! : Math.sign(x[i]! - t[i]!);
    errors[i] = error === "hinge" ? 1 + x[i]! * sign : Math.abs(x[i]! - t[i]!);
    slopes[i] = sign;
  }
  return errors;
}

/** Σ e·w along the order; every slope on the way is multiplied with its weight. */
function weighErrors(
  errors: Float32Array,
  targets: Float32Array,
  total: number,
  order: Uint32Array,
  slopes: Float32Array,
): number {
  let inside = 0;
  let outside = 0;
  let before = 0;
  let sum = 0;
  for (const at of order) {
    inside += targets[at]!;
    outside += 1 - targets[at]!;
    const jaccard = 1 - (total - inside) / (total + outside);
    sum += errors[at]! * (jaccard - before);
    slopes[at]! *= jaccard - before;
    before = jaccard;
  }
  return sum;
}
