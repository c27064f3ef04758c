import { ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { abs, add, customGrad, mul, sign, slice, sqrt, square, sub, sum } from "@tensorflow/tfjs-core";

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

/** x[axis: from … from + length) of some axes, the others whole. */
export function window(x: Tensor, windows: Record<number, [from: number, length: number]>): Tensor {
  const begin = x.shape.map((_, axis) => windows[axis]?.[0] ?? 0);
  const size = x.shape.map((length, axis) => windows[axis]?.[1] ?? length);
  return slice(x, begin, size);
}

/** x[i + 1] − x[i] along one axis, one shorter along it. */
export function forwardDifference(x: Tensor, axis: number): Tensor {
  const length = x.shape[axis]! - 1;
  return sub(window(x, { [axis]: [1, length] }), window(x, { [axis]: [0, length] }));
}

/** √(Σ (forward difference)² + ε) at each pixel but the last of each axis. */
export function gradientLength(u: Tensor, epsilon: number): Tensor {
  const axes = spatialAxes(u);
  const crop = (moved?: number) =>
    window(u, Object.fromEntries(axes.map((axis) => [axis, [axis === moved ? 1 : 0, u.shape[axis]! - 1]])));
  const here = crop();
  const squares = axes.map((axis) => square(sub(crop(axis), here)));
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
