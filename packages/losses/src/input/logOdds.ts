import type { Tensor } from "@tensorflow/tfjs-core";
import {
  cast,
  clipByValue,
  customGrad,
  div,
  greaterEqual,
  lessEqual,
  log,
  logicalAnd,
  mul,
  sub,
  tidy,
} from "@tensorflow/tfjs-core";

/** Nearest that a probability comes to 0 and 1. */
const clip = 1e-7;
const clipped = (p: Tensor) => clipByValue(p, clip, 1 - clip);

/**
 * Logits of probabilities, ln(p / (1 − p)) with p clipped to [1e-7, 1 − 1e-7], beyond which the gradient is 0. One operation that holds
 * the probabilities alone.
 */
export function logOdds(probabilities: Tensor): Tensor {
  return withoutGradientBeyondClip(
    probabilities,
    (p) => log(div(p, sub(1, p))),
    (p) => mul(p, sub(1, p)),
  );
}

/** ln p with p clipped in the same way. */
export function logProbability(probabilities: Tensor): Tensor {
  return withoutGradientBeyondClip(probabilities, log, (p) => p);
}

function withoutGradientBeyondClip(
  probabilities: Tensor,
  value: (p: Tensor) => Tensor,
  inverseSlope: (p: Tensor) => Tensor,
): Tensor {
  return customGrad((x, save) => {
    const p = x as Tensor;
    (save as (tensors: Tensor[]) => void)([p]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const held = saved[0]!;
      const isInside = tidy(() => cast(logicalAnd(greaterEqual(held, clip), lessEqual(held, 1 - clip)), "float32"));
      return tidy(() => mul(isInside, div(dy, inverseSlope(clipped(held)))));
    };
    return { value: tidy(() => value(clipped(p))), gradFunc };
  })(probabilities);
}
