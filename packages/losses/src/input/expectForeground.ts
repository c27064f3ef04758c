import { ArgumentError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** Checks that something is left if the background is dropped. */
export function expectForeground(functionName: string, yPred: Tensor, background: boolean): void {
  if (background || yPred.shape.at(-1) !== 1) return;
  throw new ArgumentError({
    functionName,
    argument: "background",
    expected: "be true for one channel",
    received: background,
  });
}
