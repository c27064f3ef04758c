import type { AnyArray } from "@ddl/core";
import {
  expectFiniteValues,
  expectNumber,
  expectOptions,
  expectRank,
  expectShape,
  expectSpacing,
  RangeArgumentError,
  ShapeError,
  toContiguous,
  toValues,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { loopOptionNames, runSolver } from "../runSolver.js";
import { scaleValues } from "../scaleValues.js";
import { expectElements, withDefaults } from "../solverStart.js";
import type {
  ConvexChanVeseOptions,
  ConvexChanVeseParameters,
  ConvexChanVeseResult,
  ConvexChanVeseSolver,
  ConvexChanVeseSolverOptions,
  ConvexChanVeseState,
} from "./options.js";
import {
  forceAt,
  type SplitBregman,
  type SplitBregmanWeights,
  splitBregmanSweep,
  totalVariation,
} from "./splitBregman.js";

const parameterNames = ["mu", "lambda1", "lambda2", "tolerance"] as const;
const optionNames = [...parameterNames, "means", "edges", "spacing", "initial"] as const;

/** Sweeps an iteration, after which the means are renewed. */
const sweeps = 5;

/**
 * Chan and Vese's two regions as a convex problem, whose minimum does not depend on where it begins: a set u with values between 0 and
 * 1, of which the pixels above ½ are the result. With `means` given u is a global minimum of the problem below, up to the tolerance;
 * where the means are renewed, a minimum for these means.
 *
 * The image is scaled to [0, 1]. min Σ μ·g|∇u| + Σ u(λ₁(f − c₁)² − λ₂(f − c₂)²) by the split Bregman method: an iteration is five
 * Gauss–Seidel sweeps, each with its shrinkage, and then new means. A region that vanishes keeps its mean.
 *
 * @param image (rows, columns) or (planes, rows, columns), finite values
 * @throws ShapeError for another rank, no elements or arrays of another shape; RangeArgumentError for values that are not finite or
 *   options out of range; the signal's reason
 * @example
 * ```ts
 * const { mask, means } = convexChanVese(image, { mu: 0.1 });
 * ```
 *
 * Working memory beside u: a copy of the image, and of the edges if they are given, one array an axis, and a row (of a volume a plane).
 * Source: Chan, Esedoglu and Nikolova 2006 (`chan2006`); Goldstein, Bresson and Osher 2010 (`goldstein2010`).
 */
export function convexChanVese(image: NdArray<AnyArray>, options: ConvexChanVeseOptions = {}): ConvexChanVeseResult {
  const name = "convexChanVese";
  const checked = expectOptions(name, options, [...optionNames, ...loopOptionNames]);
  const { maxIterations = 500, onProgress: _, signal: __, ...rest } = checked;
  expectNumber(name, "maxIterations", maxIterations, { integer: true, min: 0 });
  const solver = createSolver(name, image, rest);
  runSolver(solver, maxIterations, checked);
  const { u, iterations, converged } = solver;
  return { mask: solver.mask(), u, means: solver.means(), energy: solver.energy(), iterations, converged };
}

/**
 * {@link convexChanVese} as an object that is stepped: its parameters may be changed between steps, its state kept as JSON.
 *
 * @param image as of `convexChanVese`; copied
 * @param options as of `convexChanVese`, without its loop's
 * @param state of another solver of the same image, to go on from in place of `initial`
 * @throws as `convexChanVese`; ShapeError for a state of another size
 * @example
 * ```ts
 * const solver = createConvexChanVese(image);
 * solver.step(10);
 * solver.options.mu = 0.5;
 * solver.step(10);
 * const mask = solver.mask();
 * ```
 */
export function createConvexChanVese(
  image: NdArray<AnyArray>,
  options: ConvexChanVeseSolverOptions = {},
  state?: ConvexChanVeseState,
): ConvexChanVeseSolver {
  const name = "createConvexChanVese";
  return createSolver(name, image, expectOptions(name, options, optionNames), state);
}

function createSolver(
  name: string,
  image: NdArray<AnyArray>,
  given: ConvexChanVeseSolverOptions,
  state?: ConvexChanVeseState,
): ConvexChanVeseSolver {
  const { means: fixed, edges, spacing, initial, ...rest } = given;
  const options = withDefaults<ConvexChanVeseParameters>({ mu: 0.25, lambda1: 1, lambda2: 1, tolerance: 1e-3 }, rest);
  expectRank(name, "image", image, [2, 3]);
  expectElements(name, image);
  expectParameters(name, options);
  const shape = [...image.shape];
  const lengths = [...expectSpacing(name, spacing, shape.length)];
  if (fixed !== undefined) for (const mean of expectPair(name, fixed)) expectNumber(name, "means", mean);
  expectFiniteValues(name, "image", image);
  const g = edges === undefined ? undefined : unitValues(name, "edges", edges, shape).data;
  const f = toValues(image, Float64Array);
  const { low, unit } = scaleValues(f, 1);
  const u = startingSet(name, f, shape, initial, state);
  const size = f.length;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const split = shape.map((_, k) =>
    state === undefined ? new Float64Array(size) : savedAxis(name, state.split, k, size),
  );
  const problem: SplitBregman = { shape, steps, spacing: lengths, u: u.data, split };
  const toUnit = (mean: number): number => (unit === 0 ? 0 : (mean - low) / unit);
  let means: [number, number] = state === undefined ? meansOf(f, u.data, [0, 0]) : [state.means[0], state.means[1]];
  if (fixed !== undefined) means = [toUnit(fixed[0]), toUnit(fixed[1])];
  let iterations = state?.iterations ?? 0;
  let change = state?.change ?? Number.POSITIVE_INFINITY;
  const weights = (): SplitBregmanWeights => {
    const { mu, lambda1, lambda2 } = options;
    return { length: mu, edges: g, image: f, means, lambda1, lambda2 };
  };
  return {
    options,
    u,
    get iterations() {
      return iterations;
    },
    get change() {
      return change;
    },
    get converged() {
      return change <= options.tolerance;
    },
    step(count = 1) {
      expectNumber("step", "iterations", count, { integer: true, min: 0 });
      expectParameters("step", options);
      for (let n = 0; n < count; n++, iterations++) {
        const now = weights();
        for (let k = 0; k < sweeps; k++) change = splitBregmanSweep(problem, now);
        if (fixed === undefined) means = meansOf(f, u.data, means);
      }
    },
    mask() {
      const mask = zeros(Uint8Array, shape);
      for (let i = 0; i < size; i++) mask.data[i] = u.data[i]! > 0.5 ? 1 : 0;
      return mask;
    },
    means: () => [low + means[0] * unit, low + means[1] * unit],
    energy() {
      const now = weights();
      let sum = options.mu * totalVariation(problem, g);
      for (let i = 0; i < size; i++) sum += forceAt(now, i) * u.data[i]!;
      return sum;
    },
    state: () => ({
      u: Array.from(u.data),
      shape: [...shape],
      split: split.map((axis) => Array.from(axis)),
      means: [means[0], means[1]],
      iterations,
      change: Number.isFinite(change) ? change : null,
    }),
  };
}

function expectParameters(name: string, options: ConvexChanVeseParameters): void {
  expectNumber(name, "mu", options.mu, { above: 0 });
  expectNumber(name, "lambda1", options.lambda1, { above: 0 });
  expectNumber(name, "lambda2", options.lambda2, { above: 0 });
  expectNumber(name, "tolerance", options.tolerance, { min: 0 });
}

function expectPair(functionName: string, means: readonly number[]): readonly number[] {
  if (Array.isArray(means) && means.length === 2) return means;
  const expected = "have 2 entries, [inside, outside]";
  throw new ShapeError({ functionName, argument: "means", expected, received: means });
}

/** A copy of an array of the image's shape with values in [0, 1]. */
function unitValues(name: string, argument: string, array: NdArray<AnyArray>, shape: readonly number[]) {
  expectShape(name, argument, array, shape);
  expectFiniteValues(name, argument, array);
  const copy = toContiguous(array, Float64Array);
  for (const value of copy.data) {
    if (value >= 0 && value <= 1) continue;
    throw new RangeArgumentError({ functionName: name, argument, expected: "have values in [0, 1]", received: value });
  }
  return copy;
}

function startingSet(
  name: string,
  f: Float64Array,
  shape: readonly number[],
  initial: NdArray<AnyArray> | undefined,
  state: ConvexChanVeseState | undefined,
): NdArray<Float64Array> {
  if (state !== undefined) {
    expectNumber(name, "state.iterations", state.iterations, { integer: true, min: 0 });
    expectPair(name, state.means);
    return unitValues(name, "state", ndarray(Float64Array.from(state.u), state.shape), shape);
  }
  if (initial !== undefined) return unitValues(name, "initial", initial, shape);
  const mean = f.reduce((sum, value) => sum + value, 0) / f.length;
  return ndarray(
    f.map((value) => (value > mean ? 1 : 0)),
    [...shape],
  ) as NdArray<Float64Array>;
}

function savedAxis(functionName: string, saved: readonly number[][], axis: number, size: number): Float64Array {
  const values = Float64Array.from(saved[axis] ?? []);
  if (values.length === size && values.every(Number.isFinite)) return values;
  const expected = `have ${size} finite split variables an axis`;
  throw new ShapeError({ functionName, argument: "state", expected, received: values.length });
}

/** Means of both sides of u > ½; of an empty side what it was. */
function meansOf(f: Float64Array, u: Float64Array, before: readonly [number, number]): [number, number] {
  const sums = [0, 0];
  const counts = [0, 0];
  for (let i = 0; i < f.length; i++) {
    const side = u[i]! > 0.5 ? 0 : 1;
    sums[side]! += f[i]!;
    counts[side]!++;
  }
  return [counts[0] === 0 ? before[0] : sums[0]! / counts[0]!, counts[1] === 0 ? before[1] : sums[1]! / counts[1]!];
}
