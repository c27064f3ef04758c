import type { AnyArray } from "@ddl/core";
import {
  ArgumentError,
  expectBoolean,
  expectFiniteValues,
  expectNumber,
  expectOptions,
  expectRank,
  expectShape,
  isNdarray,
  throwIfAborted,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { checkerboardLevelSet, diskLevelSet } from "../initialLevelSets.js";
import { chanVeseEnergy } from "./energy.js";
import type {
  ChanVeseOptions,
  ChanVeseResult,
  ChanVeseSolver,
  ChanVeseSolverOptions,
  ChanVeseState,
} from "./options.js";
import { chanVeseStep } from "./step.js";

/**
 * Chan–Vese segmentation of a grey image: the contour that splits it into two regions of little variation each, no edges needed.
 *
 * The scheme is scikit-image's `chan_vese` in float64: the image is scaled to [0, 1]; means by the sign of φ; all pixels of an
 * iteration from the old φ. Its energy's length term is the sum of curvature, not the length: it may rise.
 *
 * @param image (rows, columns), finite values
 * @throws ShapeError for another rank or an initial level set of another size; RangeArgumentError for values that are not finite or
 *   options out of range; the signal's reason
 * @example
 * ```ts
 * const { mask, iterations, converged } = chanVese(image, { mu: 0.1, initial: "disk" });
 * ```
 *
 * Cost: an iteration is one pass with four roots a pixel; working memory three arrays of the image's size.
 * Source: Chan and Vese 2001 (`chan2001`); discretisation: Getreuer 2012 (`getreuer2012`).
 */
export function chanVese(image: NdArray<AnyArray>, options: ChanVeseOptions = {}): ChanVeseResult {
  const name = "chanVese";
  const known = [
    "mu",
    "lambda1",
    "lambda2",
    "tolerance",
    "maxIterations",
    "dt",
    "initial",
    "energies",
    "onProgress",
    "signal",
  ] as const;
  const { maxIterations = 500, onProgress, signal, ...rest } = expectOptions(name, options, known);
  expectNumber(name, "maxIterations", maxIterations, { integer: true, min: 0 });
  const solver = createSolver(name, image, rest);
  while (!solver.converged && solver.iterations < maxIterations) {
    throwIfAborted(signal);
    solver.step();
    onProgress?.({ iteration: solver.iterations, maxIterations, change: solver.change });
  }
  const { phi, energies, iterations, converged } = solver;
  return { mask: solver.mask(), phi, energies: [...energies], iterations, converged };
}

/**
 * {@link chanVese} as an object that is stepped: its options may be changed between steps, its state kept as JSON.
 *
 * @param image (rows, columns), finite values; copied
 * @param options as of `chanVese`, without its loop's
 * @param state of another solver of the same image, to go on from in place of `initial`
 * @throws as `chanVese`; ShapeError for a state of another size
 * @example
 * ```ts
 * const solver = createChanVese(image, { mu: 0.1 });
 * solver.step(5);
 * solver.options.mu = 0.3;
 * solver.step(5);
 * const later = createChanVese(image, solver.options, JSON.parse(JSON.stringify(solver.state())));
 * ```
 */
export function createChanVese(
  image: NdArray<AnyArray>,
  options: ChanVeseSolverOptions = {},
  state?: ChanVeseState,
): ChanVeseSolver {
  const name = "createChanVese";
  return createSolver(name, image, expectOptions(name, options, [...parameterNames, "initial", "energies"]), state);
}

const parameterNames = ["mu", "lambda1", "lambda2", "tolerance", "dt"] as const;

function createSolver(
  name: string,
  image: NdArray<AnyArray>,
  given: ChanVeseSolverOptions,
  state?: ChanVeseState,
): ChanVeseSolver {
  const defaults = { mu: 0.25, lambda1: 1, lambda2: 1, tolerance: 1e-3, dt: 0.5, energies: true };
  const { initial = "checkerboard", ...rest } = given;
  const options: ChanVeseSolver["options"] = { ...defaults };
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) Object.assign(options, { [key]: value });
  expectRank(name, "image", image, 2);
  expectParameters(name, options);
  expectFiniteValues(name, "image", image);
  const shape = image.shape as [number, number];
  const start = state === undefined ? initial : ndarray(Float64Array.from(state.phi), state.shape);
  if (state !== undefined) {
    expectShape(name, "state", start as NdArray<AnyArray>, shape);
    expectNumber(name, "state.iterations", state.iterations, { integer: true, min: 0 });
  }
  const f = rescaled(image);
  let phi: NdArray<Float64Array> = initialLevelSet(name, shape, start);
  let next: NdArray<Float64Array> = zeros(Float64Array, shape);
  const energies = [...(state?.energies ?? [])];
  let change = state?.change ?? Number.POSITIVE_INFINITY;
  let done = state?.iterations ?? 0;
  return {
    options,
    energies,
    get iterations() {
      return done;
    },
    get change() {
      return change;
    },
    get converged() {
      return change <= options.tolerance;
    },
    get phi() {
      return phi;
    },
    step(iterations = 1) {
      expectNumber("step", "iterations", iterations, { integer: true, min: 0 });
      expectParameters("step", options);
      for (let k = 0; k < iterations; k++) {
        if (options.energies) energies.push(chanVeseEnergy(f, phi, options));
        change = chanVeseStep(f, phi, next, options);
        [phi, next] = [next, phi];
        done++;
      }
    },
    mask() {
      const mask = zeros(Uint8Array, shape);
      for (let i = 0; i < mask.data.length; i++) mask.data[i] = phi.data[i]! > 0 ? 1 : 0;
      return mask;
    },
    state: () => ({
      phi: Array.from(phi.data),
      shape: [...shape],
      iterations: done,
      change: Number.isFinite(change) ? change : null,
      energies: [...energies],
    }),
  };
}

function expectParameters(name: string, options: ChanVeseSolver["options"]): void {
  expectNumber(name, "mu", options.mu, { min: 0 });
  expectNumber(name, "lambda1", options.lambda1, { above: 0 });
  expectNumber(name, "lambda2", options.lambda2, { above: 0 });
  expectNumber(name, "tolerance", options.tolerance, { min: 0 });
  expectNumber(name, "dt", options.dt, { above: 0 });
  expectBoolean(name, "energies", options.energies);
}

/** f − min f, divided by its maximum unless that is 0: a constant image becomes 0. */
function rescaled(image: NdArray<AnyArray>): NdArray<Float64Array> {
  const f = toContiguous(image, Float64Array);
  const { data } = f;
  let low = Number.POSITIVE_INFINITY;
  for (const value of data) if (value < low) low = value;
  let high = 0;
  for (let i = 0; i < data.length; i++) {
    data[i]! -= low;
    if (data[i]! > high) high = data[i]!;
  }
  // A division, not a product with 1/high: the reference's very bits depend on it.
  if (high !== 0) for (let i = 0; i < data.length; i++) data[i]! /= high;
  return f;
}

function initialLevelSet(
  name: string,
  shape: readonly [number, number],
  initial: "checkerboard" | "disk" | "small disk" | NdArray<AnyArray>,
): NdArray<Float64Array> {
  if (isNdarray(initial)) {
    expectShape(name, "initial", initial, shape);
    expectFiniteValues(name, "initial", initial);
    return toContiguous(initial, Float64Array);
  }
  if (initial === "checkerboard") return checkerboardLevelSet(shape);
  if (initial === "disk") return diskLevelSet(shape);
  if (initial === "small disk") return diskLevelSet(shape, { small: true });
  const expected = 'be "checkerboard", "disk", "small disk" or an ndarray';
  throw new ArgumentError({ functionName: name, argument: "initial", expected, received: initial });
}
