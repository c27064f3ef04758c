import type { AnyArray } from "@ddl/core";
import {
  expectBoolean,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  expectShape,
  expectSpacing,
  RangeArgumentError,
  ShapeError,
  throwIfAborted,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { integerValues } from "../integerValues.js";
import { jacobi } from "./jacobi.js";
import { multigrid } from "./multigrid.js";
import type { RandomWalkerOptions, RandomWalkerResult } from "./options.js";
import { solveLabels } from "./solveLabels.js";
import { walkerGraph } from "./walkerGraph.js";
import { standardDeviation, walkerValues } from "./walkerImage.js";
import { walkerLabels } from "./walkerLabels.js";

const name = "randomWalker";

/**
 * Labels every pixel with the seed that a random walk from it most probably reaches first, where the walk avoids steps between
 * pixels of different values (scikit-image's `random_walker`).
 *
 * @param data (rows, columns) or (planes, rows, columns), with one more axis if `channelAxis` is given. Integers are mapped as
 *   scikit-image maps them: unsigned to 0 … 1, signed to −1 … 1, by the range of their type
 * @param labels the same shape without channels, whole numbers: > 0 a seed, 0 to be labelled, < 0 not part of the image
 * @throws ShapeError for other ranks, shapes that differ, or no elements; RangeArgumentError for data that is not finite, labels
 *   that are not whole, no seed, or options out of range; ArgumentError for other options; the signal's reason
 * @example `randomWalker(image, seeds, { beta: 90, returnProbability: true }).labels`
 *
 * The system A x = b of every label is solved by conjugate gradients without a matrix. Where scikit-image 0.19.3 goes wrong this
 * does not: seeds that negative labels wall in are left out instead of shifting the result, constant data gives equal weights
 * instead of NaN, and unlabelled pixels that no seed reaches are always 0. If nothing is 0, the labels come back as they are.
 * Data is float64 throughout. Cost: iterations times pixels; working memory 112 bytes a pixel in the plane and 120 in volumes,
 * with `multigrid` 43 or 29 more. Source: Grady 2006 (`grady2006`).
 */
export function randomWalker(
  data: NdArray<AnyArray>,
  labels: NdArray<AnyArray>,
  options: RandomWalkerOptions = {},
): RandomWalkerResult {
  const {
    beta = 130,
    tolerance = 1e-3,
    spacing,
    channelAxis,
    returnProbability = false,
    preconditioner = "multigrid",
    signal,
    onProgress,
  } = expectOptions(name, options, [
    "beta",
    "tolerance",
    "spacing",
    "channelAxis",
    "returnProbability",
    "preconditioner",
    "signal",
    "onProgress",
  ]);
  const channels = channelAxis !== undefined;
  expectRank(name, "data", data, channels ? [3, 4] : [2, 3]);
  const rank = data.shape.length;
  if (channels) expectNumber(name, "channelAxis", channelAxis, { integer: true, min: -rank, max: rank - 1 });
  const channelIndex = channels ? (channelAxis + rank) % rank : undefined;
  const shape = data.shape.filter((_, k) => k !== channelIndex);
  if (data.shape.includes(0)) {
    const expected = "have at least one element";
    throw new ShapeError({ functionName: name, argument: "data", expected, received: data.shape });
  }
  expectShape(name, "labels", labels, shape);
  expectNumber(name, "beta", beta, { min: 0 });
  expectNumber(name, "tolerance", tolerance, { above: 0 });
  const steps = expectSpacing(name, spacing, shape.length);
  expectBoolean(name, "returnProbability", returnProbability);
  expectOneOf(name, "preconditioner", preconditioner, ["jacobi", "multigrid"]);
  throwIfAborted(signal);

  const values = walkerValues(name, data, channelIndex);
  const seeds = integerValues(name, "labels", labels);
  const grid = [...new Array<number>(3 - shape.length).fill(1), ...shape] as [number, number, number];
  const walkers = walkerLabels(seeds, grid);
  if (walkers.values.length === 0) {
    throw new RangeArgumentError({ functionName: name, argument: "labels", expected: "have a value > 0", received: 0 });
  }
  const count = channelIndex === undefined ? 1 : data.shape[channelIndex]!;
  const deviation = standardDeviation(values);
  const image = {
    values,
    channels: count,
    shape: grid,
    spacing: [...new Array<number>(3 - shape.length).fill(1), ...steps],
    sharpness: deviation === 0 ? 0 : beta / (10 * deviation) / Math.sqrt(count),
  };
  const graph = walkerGraph(image, walkers.active);
  const precondition = preconditioner === "jacobi" ? jacobi(graph.system) : multigrid(graph);
  const solved = solveLabels(graph, walkers, precondition, {
    tolerance,
    returnProbability,
    report: (label, iteration, residual) => {
      throwIfAborted(signal);
      onProgress?.({ label, labels: walkers.values.length, iteration, residual });
    },
  });
  const result: RandomWalkerResult = {
    labels: ndarray(seeds.includes(0) ? solved.labels : seeds, shape) as NdArray<Int32Array>,
    values: walkers.values,
    iterations: solved.iterations,
    converged: solved.converged,
  };
  if (returnProbability) {
    const full = [walkers.values.length, ...shape];
    result.probabilities = ndarray(solved.probabilities, full) as NdArray<Float64Array>;
  }
  return result;
}
