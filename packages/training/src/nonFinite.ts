import type { NonFiniteBatch } from "./callbacks.js";
import type { StepResult } from "./trainingStep.js";

/** What of a step is not finite; metrics only if they stop the training. */
export function nonFinite(
  { loss, norm, metrics }: StepResult,
  onNonFinite: "stop" | "skip",
): { quantity: string; value: number } | undefined {
  const values: [string, number][] = [
    ["loss", loss],
    ["gradients", norm],
    ...(onNonFinite === "stop" ? Object.entries(metrics) : []),
  ];
  const bad = values.find(([, value]) => !Number.isFinite(value));
  return bad && { quantity: bad[0], value: bad[1] };
}

/** The error that stops a training at a batch that is not finite. */
export function nonFiniteMessage({ epoch, step, quantity, value, batch }: NonFiniteBatch): string {
  const where = `epoch ${epoch + 1}, step ${step + 1}, samples ${batch.ids.join(", ")}`;
  if (quantity === "gradients") return `fit: the gradients must be finite; received the norm ${value} in ${where}.`;
  const name = quantity === "loss" ? "loss" : `metric ${quantity}`;
  return `fit: the ${name} must be finite; received ${value} in ${where}.`;
}
