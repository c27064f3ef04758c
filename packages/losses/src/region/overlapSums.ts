import type { Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  customGrad,
  fill,
  mul,
  reshape,
  sigmoid,
  slice,
  softmax,
  stack,
  sub,
  sum,
  tidy,
  unstack,
} from "@tensorflow/tfjs-core";
import { everyChannel } from "../input/everyChannel.js";
import type { LossInput } from "../input/lossInput.js";
import type { Over } from "../input/lossOptions.js";
import type { Activation } from "../input/probability.js";

/** How {@link overlapSums} reads its input. */
export interface OverlapSettings {
  activation: Activation | "none";
  over: Over;
  background: boolean;
  /** Σp² and Σt² in place of Σp and Σt. */
  squared?: boolean;
}

/** Sums of one loss, each of shape (groups, classes); `all` has one group and one class. */
export interface OverlapSums {
  /** Σpt */
  overlap: Tensor;
  /** Σp or Σp² */
  predicted: Tensor;
  /** Σt or Σt², a constant */
  target: Tensor;
  /** Number of voxels that count, a constant */
  count: Tensor;
}

/**
 * The sums that overlap losses are made of, as one operation with its own gradient (a + b·t [+ c·p])·p′: between the passes it holds
 * the probabilities and no other tensor of their size. No gradient for the target. Inside a `tidy`.
 */
export function overlapSums(z: Tensor, { t, keep }: LossInput, settings: OverlapSettings): OverlapSums {
  const { activation, over, background, squared = false } = settings;
  const channels = z.shape.at(-1)!;
  const groups = over === "sample-class" ? z.shape[0]! : 1;
  // With everything in one sum, channels are only more voxels, and the sum runs along one inner axis.
  const isFlat = channels === 1 || (over === "all" && background);
  const classes = isFlat ? 1 : channels;
  const view = isFlat ? [groups, z.size / groups] : [groups, z.size / groups / classes, classes];
  const total = (x: Tensor) => reshape(sum(reshape(x, view), 1), [groups, classes]);
  const dot = (x: Tensor, y: Tensor) => tidy(() => total(mul(x, y)));
  const kept = (x: Tensor) => (keep === undefined ? x : mul(x, keep));

  const fused = customGrad((x, save) => {
    const prediction = x as Tensor;
    const p = activation === "none" ? prediction : activation === "sigmoid" ? sigmoid(prediction) : softmax(prediction);
    (save as (tensors: Tensor[]) => void)(keep === undefined ? [p, t] : [p, t, keep]);
    const value = tidy(() => stack([dot(p, t), squared ? dot(kept(p), p) : tidy(() => total(kept(p)))]));
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      return tidy(() => throughActivation(activation, saved[0]!, () => slope(dy, saved)));
    };
    return { value, gradFunc };
  });

  /** a·t + b, or a·t + 2b·p, in the shape of the probabilities. */
  function slope(dy: Tensor, [p, target, mask]: Tensor[]): Tensor {
    // One coefficient is a scalar: backends have a fast path for it.
    const shape = groups * classes === 1 ? [] : isFlat ? [groups, 1] : [groups, 1, classes];
    const [a, b] = unstack(dy).map((one) => reshape(one, shape)) as [Tensor, Tensor];
    const scaled = mul(reshape(target!, view), a);
    if (mask === undefined && !squared) return reshape(add(scaled, b), p!.shape);
    const other = squared ? (mask === undefined ? p! : mul(p!, mask)) : everyChannel(mask!, channels);
    return reshape(add(scaled, mul(reshape(other, view), squared ? mul(b, 2) : b)), p!.shape);
  }

  const [overlap, predicted] = unstack(fused(z)) as [Tensor, Tensor];
  const target = squared ? dot(t, t) : total(t);
  const count =
    keep === undefined
      ? fill([groups, classes], z.size / groups / classes)
      : tidy(() => total(everyChannel(keep, channels)));
  const sums = { overlap, predicted, target, count };
  if (background || isFlat) return sums;
  const foreground = (x: Tensor) => {
    const dropped = slice(x, [0, 1], [groups, classes - 1]);
    return over === "all" ? sum(dropped, 1, true) : dropped;
  };
  return {
    overlap: foreground(overlap),
    predicted: foreground(predicted),
    target: foreground(target),
    count: foreground(count),
  };
}

/** The gradient of the logits (or of the probabilities) from that of the probabilities, which is let go as soon as it is used. */
function throughActivation(activation: Activation | "none", p: Tensor, slope: () => Tensor): Tensor {
  if (activation === "none") return slope();
  const scaled = tidy(() => mul(p, tidy(slope)));
  return sub(scaled, mul(p, activation === "sigmoid" ? scaled : sum(scaled, -1, true)));
}
