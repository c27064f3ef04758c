import { ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { abs, add, customGrad, mul, sign, sqrt, square, sub, sum } from "@tensorflow/tfjs-core";
import { sliceAlong } from "../boundary/slices.js";

/** Checks that each spatial axis is long enough for a difference. */
export function expectLengths(functionName: string, x: Tensor, least: number): void {
  if (x.shape.slice(1, -1).some((length) => length < least)) {
    const expected = `have at least ${least} pixels along each axis`;
    throw new ShapeError({ functionName, argument: "yPred", expected, received: x.shape });
  }
}

/** The spatial axes of (batch, …, classes). */
export function spatialAxes(x: Tensor): number[] {
  return x.shape.slice(1, -1).map((_, k) => k + 1);
}

/** x[i + 1] − x[i] along one axis, one shorter along it. */
export function forwardDifference(x: Tensor, axis: number): Tensor {
  const length = x.shape[axis]! - 1;
  return sub(sliceAlong(x, axis, 1, length), sliceAlong(x, axis, 0, length));
}

/** √(Σ (forward difference)² + ε) at each pixel but the last of each axis. */
export function gradientLength(u: Tensor, epsilon: number): Tensor {
  const axes = spatialAxes(u);
  const squares = axes.map((axis) => {
    const others = axes.filter((other) => other !== axis);
    const cropped = others.reduce((x, other) => sliceAlong(x, other, 0, u.shape[other]! - 1), u);
    return square(forwardDifference(cropped, axis));
  });
  return sqrt(
    add(
      squares.reduce((a, b) => add(a, b)),
      epsilon,
    ),
  );
}

/** Σ |x|, with gradient 0 where x is 0 (that of tfjs is −1 there). Inside a `tidy`. */
export function absoluteSum(x: Tensor): Tensor {
  const sumOf = customGrad((values, save) => {
    (save as (tensors: Tensor[]) => void)([values as Tensor]);
    return {
      value: sum(abs(values as Tensor)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => mul(sign(saved[0]!), dy),
    };
  });
  return sumOf(x);
}
