import type { ArrayInput } from "../input/values.js";
import type { ReliabilityOptions } from "./reliabilityCurve.js";
import { binned } from "./reliabilityCurve.js";

/**
 * Expected calibration error: Σ (share of the bin)·|accuracy − confidence| over bins of equal width, in [0, 1].
 *
 * Tools differ in the bins: torchmetrics' are `{ openEnd: "separate" }`, MetricsReloaded's `{ bins: 10, binEdges: "right-closed",
 * openEnd: "drop" }`. NaN if every element is dropped.
 *
 * @param reference as {@link reliabilityCurve}
 * @param prediction as {@link reliabilityCurve}
 * @throws as {@link reliabilityCurve}
 * @example `expectedCalibrationError([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { bins: 10 }) // 0.3375`
 *
 * Source: Guo, Pleiss, Sun and Weinberger 2017 (`guo2017`), equation 3.
 */
export function expectedCalibrationError(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: ReliabilityOptions = {},
): number {
  const { counts, confidence, accuracy } = binned("expectedCalibrationError", reference, prediction, options);
  let total = 0;
  let sum = 0;
  for (let k = 0; k < counts.length; k++) {
    total += counts[k]!;
    if (counts[k]! > 0) sum += counts[k]! * Math.abs(accuracy[k]! - confidence[k]!);
  }
  return sum / total;
}
