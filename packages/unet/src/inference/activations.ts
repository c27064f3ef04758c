import type { Tensor } from "@tensorflow/tfjs-core";
import { sigmoid, softmax } from "@tensorflow/tfjs-core";

/** What makes probabilities of logits. */
export type Activation = "none" | "sigmoid" | "softmax";

export const activationNames: readonly Activation[] = ["none", "sigmoid", "softmax"];

/** Applies an activation to a tensor, softmax over its last axis. */
export function activate(activation: Activation, x: Tensor): Tensor {
  return activation === "none" ? x : activation === "sigmoid" ? sigmoid(x) : softmax(x);
}

/** Applies an activation in place, softmax over runs of `classes` values. */
export function activateValues(activation: Activation, values: Float32Array, classes: number): void {
  if (activation === "sigmoid") for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]!));
  if (activation !== "softmax") return;
  for (let from = 0; from < values.length; from += classes) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = from; i < from + classes; i++) largest = Math.max(largest, values[i]!);
    let sum = 0;
    for (let i = from; i < from + classes; i++) sum += values[i] = Math.exp(values[i]! - largest);
    for (let i = from; i < from + classes; i++) values[i]! /= sum;
  }
}
