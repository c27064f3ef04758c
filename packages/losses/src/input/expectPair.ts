import { ArgumentError, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** Checks that both are tensors of one shape with at least `minimumRank` axes. */
export function expectPair(functionName: string, yTrue: Tensor, yPred: Tensor, minimumRank: number): void {
  for (const [argument, received] of [["yTrue", yTrue] as const, ["yPred", yPred] as const]) {
    if (!Array.isArray((received as { shape?: unknown })?.shape)) {
      throw new ArgumentError({ functionName, argument, expected: "be a tensor", received });
    }
  }
  if (yTrue.shape.length < minimumRank) {
    const expected = `have at least ${minimumRank} axes (batch, …, classes)`;
    throw new ShapeError({ functionName, argument: "yTrue", expected, received: yTrue.shape });
  }
  if (yTrue.shape.join() !== yPred.shape.join()) {
    const expected = `have the shape of yTrue, [${yTrue.shape.join(", ")}]`;
    throw new ShapeError({ functionName, argument: "yPred", expected, received: yPred.shape });
  }
}
