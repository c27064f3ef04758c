import { expectNumber, expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { add, getBackend, maximum, maxPool, mul, neg, relu, reshape, sub, tidy } from "@tensorflow/tfjs-core";
import { expectImage } from "./classes.js";
import { neighboursAlong } from "./slices.js";

/** Options of {@link softSkeleton}. */
export interface SoftSkeletonOptions {
  /** How often the shape is eroded, ≥ 0: at least half of the largest width to be thinned. Default 3. */
  iterations?: number;
}

/**
 * Differentiable skeleton of soft masks, by repeated erosion and opening with pools.
 *
 * Erosion takes the least of the 3-neighbourhoods along each axis, dilation the greatest of the full 3^d box; neither sees anything outside
 * the image. Three dimensions need no three-dimensional pools.
 *
 * @param x values in [0, 1], (batch, rows, columns, classes) or (batch, planes, rows, columns, classes)
 * @returns the same shape, in [0, 1]
 * @throws ShapeError for other ranks or no element; RangeArgumentError for `iterations`
 * @example `softSkeleton(vessels, { iterations: 5 })`
 *
 * Source: Shit et al. 2021 (`shit2021`), algorithm 1.
 */
export function softSkeleton(x: Tensor, options: SoftSkeletonOptions = {}): Tensor {
  const { iterations = 3 } = expectOptions("softSkeleton", options, ["iterations"]);
  expectNumber("softSkeleton", "iterations", iterations, { integer: true, min: 0 });
  expectImage("softSkeleton", "x", x, [4, 5]);
  return skeleton(x, iterations);
}

/** {@link softSkeleton} without checks. */
export function skeleton(x: Tensor, iterations: number): Tensor {
  return tidy(() => {
    let eroded = erode(x);
    let result: Tensor = relu(sub(x, dilate(eroded)));
    for (let k = 0; k < iterations; k++) {
      const shape = eroded;
      eroded = erode(shape);
      const ridge = relu(sub(shape, dilate(eroded)));
      result = add(result, relu(sub(ridge, mul(result, ridge))));
    }
    return result;
  });
}

function dilate(x: Tensor): Tensor {
  return largest(x, new Array<number>(x.shape.length - 2).fill(3));
}

/** The least value of a window is the negative of the greatest negative: so padding counts as +∞. */
function erode(x: Tensor): Tensor {
  const negative = neg(x);
  const axes = x.shape.slice(1, -1).map((_, axis) => axis);
  const lines = axes.map((axis) =>
    largest(
      negative,
      axes.map((k) => (k === axis ? 3 : 1)),
    ),
  );
  return neg(lines.reduce((a, b) => maximum(a, b)));
}

/** The greatest value of a window of 1 or 3 along each spatial axis. */
function largest(x: Tensor, window: readonly number[]): Tensor {
  if (getBackend() === "wasm") return largestOfNeighbours(x, window);
  const pool = (image: Tensor, size: [number, number]) => maxPool(image as Tensor4D, size, 1, "same");
  if (x.shape.length === 4) return pool(x, window as [number, number]);
  const [batch, planes, rows, columns, classes] = x.shape as [number, number, number, number, number];
  let result = x;
  if (window[1]! > 1 || window[2]! > 1) {
    result = pool(reshape(result, [batch * planes, rows, columns, classes]), [window[1]!, window[2]!]);
  }
  if (window[0]! > 1) result = pool(reshape(result, [batch, planes, rows * columns, classes]), [window[0]!, 1]);
  return reshape(result, x.shape);
}

/** {@link largest} without a pool: on `wasm` of TensorFlow.js 4.22 those have no gradient where the greatest value is below 0. */
function largestOfNeighbours(x: Tensor, window: readonly number[]): Tensor {
  return window.reduce((result, size, k) => {
    if (size === 1) return result;
    const [before, after] = neighboursAlong(result, k + 1);
    return maximum(maximum(before, result), after);
  }, x);
}
