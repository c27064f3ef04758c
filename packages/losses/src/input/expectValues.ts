import { RangeArgumentError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { TargetSettings } from "./lossOptions.js";

/** Reads both tensors and checks their values; `labels` is the number of classes if the target holds labels, else 0. */
export function expectValues(
  functionName: string,
  yTrue: Tensor,
  yPred: Tensor,
  labels: number,
  { ignoreIndex, fromLogits }: TargetSettings,
): void {
  const classes = Math.max(labels, 2);
  const isLabel = (value: number) => Number.isInteger(value) && value >= 0 && value < classes;
  const isFraction = (value: number) => value >= 0 && value <= 1;
  const targets = labels > 0 ? `contain only labels 0 to ${classes - 1}` : "contain only values in [0, 1]";
  const ignored = ignoreIndex === undefined ? "" : ` or ${ignoreIndex}`;
  expectEach(functionName, "yTrue", yTrue, targets + ignored, (value) => {
    return value === ignoreIndex || (labels > 0 ? isLabel(value) : isFraction(value));
  });
  if (fromLogits === true) expectEach(functionName, "yPred", yPred, "contain only finite numbers", Number.isFinite);
  else expectEach(functionName, "yPred", yPred, "contain only probabilities in [0, 1]", isFraction);
}

function expectEach(
  functionName: string,
  argument: string,
  tensor: Tensor,
  expected: string,
  fits: (value: number) => boolean,
): void {
  const values = tensor.dataSync();
  const at = values.findIndex((value) => !fits(value));
  if (at < 0) return;
  const advice = `The first other value is at flat index ${at}.`;
  throw new RangeArgumentError({ functionName, argument, expected, received: values[at], advice });
}
