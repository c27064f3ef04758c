import { ArgumentError, expectOneOf, expectOptions, RangeArgumentError, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { add, clone, div, reverse, tidy } from "@tensorflow/tfjs-core";
import type { Activation } from "./activations.js";
import { activate, activationNames } from "./activations.js";
import type { Predictor } from "./predictor.js";
import { predictionOf } from "./predictor.js";

/** Options of {@link testTimeAugmentation}. */
export interface TestTimeAugmentationOptions {
  /** Axes that are mirrored, 0 the first behind the batch: rows of an image, planes of a volume. Default all but the channels. */
  axes?: readonly number[];
  /** Applied to each prediction before they are averaged: `none` (default), `sigmoid`, or `softmax` over the classes. */
  activation?: Activation;
}

const name = "testTimeAugmentation";

/**
 * A predictor that averages what a model says of its input and of every mirror image of it, each mirrored back: 2^axes predictions.
 *
 * @param model a `LayersModel` or a function of a batch, whose output has the size of its input
 * @returns a function from a batch (batch, …space, channels) to (batch, …space, classes), for {@link slidingWindow} or to call; it throws
 *   RangeArgumentError for a batch without one of the axes, and ShapeError for an output of another size
 * @throws ArgumentError for what is no model, and for options
 * @example
 * ```ts
 * const probability = await slidingWindow(testTimeAugmentation(model, { activation: "sigmoid" }), image, { patch: [64, 64] });
 * ```
 *
 * Source: Isensee et al. 2021 (`isensee2021`), which mirrors along all axes and averages logits.
 */
export function testTimeAugmentation(
  model: Predictor,
  options: TestTimeAugmentationOptions = {},
): (batch: Tensor) => Tensor {
  const { axes, activation = "none" } = expectOptions(name, options, ["axes", "activation"]);
  const predict = predictionOf(name, model);
  expectOneOf(name, "activation", activation, activationNames);
  const given =
    axes === undefined || (Array.isArray(axes) && axes.every((axis) => Number.isInteger(axis) && axis >= 0));
  if (!given || new Set(axes).size !== (axes ?? []).length) {
    const expected = "be a list of different integers ≥ 0";
    throw new ArgumentError({ functionName: name, argument: "axes", expected, received: axes });
  }
  return (batch) => {
    const space = batch.shape.slice(1, -1);
    const mirrored = axes ?? space.map((_, axis) => axis);
    const outside = mirrored.find((axis) => axis >= space.length);
    if (outside !== undefined) {
      const expected = `be below ${space.length}, the number of axes between batch and channels`;
      throw new RangeArgumentError({ functionName: name, argument: "axes", expected, received: outside });
    }
    const views = 2 ** mirrored.length;
    return tidy(() => {
      let sum: Tensor | undefined;
      for (let view = 0; view < views; view++) {
        const flipped = mirrored.filter((_, k) => (view >> k) & 1).map((axis) => axis + 1);
        const before: Tensor | undefined = sum;
        sum = tidy(() => {
          const scores = activate(activation, mirror(predict(mirror(batch, flipped)), flipped));
          expectSize(scores, batch);
          // A copy, since a function may give its argument back.
          return before === undefined ? clone(scores) : add(before, scores);
        });
        // One sum at a time: the scope would keep them all.
        before?.dispose();
      }
      return div(sum!, views);
    });
  };
}

function mirror(x: Tensor, axes: number[]): Tensor {
  return axes.length === 0 ? x : reverse(x, axes);
}

function expectSize(scores: Tensor, batch: Tensor): void {
  const size = batch.shape.slice(0, -1);
  if (scores.shape.slice(0, -1).join() === size.join()) return;
  const expected = `give the size of its input, [${size.join(", ")}, classes]`;
  throw new ShapeError({ functionName: name, argument: "model", expected, received: scores.shape });
}
