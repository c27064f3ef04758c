import { ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** Checks that a prediction has several classes. */
export function expectClasses(functionName: string, yPred: Tensor): void {
  if (yPred.shape.at(-1)! > 1) return;
  const expected = "have at least 2 channels";
  throw new ShapeError({ functionName, argument: "yPred", expected, received: yPred.shape });
}
