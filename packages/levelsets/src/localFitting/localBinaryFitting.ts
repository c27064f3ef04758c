import type { AnyArray } from "@ddl/core";
import {
  expectFiniteValues,
  expectNumber,
  expectOptions,
  expectRank,
  RangeArgumentError,
  toValues,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { createCurvatureSweep } from "../createCurvatureSweep.js";
import { loopOptionNames, runSolver } from "../runSolver.js";
import { scaleValues } from "../scaleValues.js";
import { createLevelSetSolver } from "../solver.js";
import { expectElements, startLevelSet, withDefaults } from "../solverStart.js";
import { createNeighbourhood } from "./createNeighbourhood.js";
import type { FittedImage } from "./localFittingStep.js";
import { fitImage, localFittingStep, unitSpacing } from "./localFittingStep.js";
import type {
  LocalBinaryFittingOptions,
  LocalBinaryFittingParameters,
  LocalBinaryFittingResult,
  LocalBinaryFittingSolver,
  LocalBinaryFittingSolverOptions,
  LocalBinaryFittingState,
} from "./options.js";

const defaults: LocalBinaryFittingParameters = {
  nu: 0.001 * 255 ** 2,
  mu: 1,
  lambda1: 1,
  lambda2: 1,
  epsilon: 1,
  dt: 0.1,
  tolerance: 1e-3,
};
const parameterNames = ["nu", "mu", "lambda1", "lambda2", "epsilon", "dt", "tolerance"] as const;
const optionNames = [...parameterNames, "sigma", "initial"] as const;

/**
 * Local binary fitting (region-scalable fitting): Chan and Vese's two regions with a mean at every pixel, of its Gaussian
 * neighbourhood, so that a shading such as the bias field of an MRI does no harm.
 *
 * The image is scaled to [0, 255]; explicit steps, zero flux through the border. A local minimum: the result depends on `initial`.
 *
 * @param image (rows, columns) or (planes, rows, columns), finite values; a constant one moves by length and regularisation alone
 * @throws ShapeError for another rank, no elements or a level set of another shape; RangeArgumentError for values that are not finite,
 *   options out of range or an unstable mu·dt; the signal's reason
 * @example
 * ```ts
 * const { mask, fit } = localBinaryFitting(image, { sigma: 5, initial });
 * ```
 *
 * Cost: an iteration is four separable Gaussians and some passes; working memory a copy of the image, three arrays of its size, and ten
 * rows (of a volume planes).
 * Source: Li, Kao, Gore and Ding 2008 (`li2008`).
 */
export function localBinaryFitting(
  image: NdArray<AnyArray>,
  options: LocalBinaryFittingOptions = {},
): LocalBinaryFittingResult {
  const name = "localBinaryFitting";
  const checked = expectOptions(name, options, [...optionNames, ...loopOptionNames]);
  const { maxIterations = 300, onProgress: _, signal: __, ...rest } = checked;
  expectNumber(name, "maxIterations", maxIterations, { integer: true, min: 0 });
  const solver = createSolver(name, image, rest);
  runSolver(solver, maxIterations, checked);
  const { phi, iterations, converged } = solver;
  return { mask: solver.mask(), phi, fit: solver.fit(), iterations, converged };
}

/**
 * {@link localBinaryFitting} as an object that is stepped: its parameters may be changed between steps, its state kept as JSON.
 *
 * @param image as of `localBinaryFitting`; copied
 * @param options as of `localBinaryFitting`, without its loop's
 * @param state of another solver of the same image, to go on from in place of `initial`
 * @throws as `localBinaryFitting`; ShapeError for a state of another size
 * @example
 * ```ts
 * const solver = createLocalBinaryFitting(image, { sigma: 5 });
 * solver.step(50);
 * solver.options.nu = 200;
 * solver.step(50);
 * ```
 */
export function createLocalBinaryFitting(
  image: NdArray<AnyArray>,
  options: LocalBinaryFittingSolverOptions = {},
  state?: LocalBinaryFittingState,
): LocalBinaryFittingSolver {
  const name = "createLocalBinaryFitting";
  return createSolver(name, image, expectOptions(name, options, optionNames), state);
}

function createSolver(
  name: string,
  image: NdArray<AnyArray>,
  given: LocalBinaryFittingSolverOptions,
  state?: LocalBinaryFittingState,
): LocalBinaryFittingSolver {
  const { initial = "box", sigma = 3, ...rest } = given;
  const options = withDefaults(defaults, rest);
  expectRank(name, "image", image, [2, 3]);
  expectElements(name, image);
  const shape = [...image.shape];
  expectNumber(name, "sigma", sigma, { above: 0, max: 1000 });
  expectParameters(name, options, shape.length);
  expectFiniteValues(name, "image", image);
  const phi = startLevelSet(name, shape, { box: () => box(shape) }, initial, state);
  const values = toValues(image, Float64Array);
  const { low, unit } = scaleValues(values, 255);
  const neighbourhood = createNeighbourhood(shape, sigma);
  const smoothed = values.slice();
  neighbourhood(smoothed);
  const fitted: FittedImage = {
    values,
    shape,
    neighbourhood,
    sweep: createCurvatureSweep(shape, unitSpacing.slice(-shape.length)),
    weights: shape.map((length) => {
      const ones = new Float64Array(length).fill(1);
      createNeighbourhood([length], sigma)(ones);
      return ones;
    }),
    smoothed,
    inside: new Float64Array(values.length),
    outside: new Float64Array(values.length),
  };
  const check = (caller: string): void => expectParameters(caller, options, shape.length);
  const iterate = (): number => localFittingStep(fitted, phi.data, options);
  return Object.assign(createLevelSetSolver({ options, phi, state, check, iterate }), {
    fit() {
      const result = zeros(Float64Array, shape);
      fitImage(fitted, phi.data, options.epsilon, result.data);
      for (let i = 0; i < result.data.length; i++) result.data[i] = low + result.data[i]! * unit;
      return result;
    },
  });
}

/** 2 in the middle half of each axis, −2 elsewhere. */
function box(shape: readonly number[]): NdArray<Float64Array> {
  const result = zeros(Float64Array, shape);
  for (let i = 0; i < result.data.length; i++) {
    let inside = true;
    for (let k = shape.length - 1, rest = i; k >= 0; k--) {
      const at = rest % shape[k]!;
      rest = Math.floor(rest / shape[k]!);
      inside &&= Math.abs(at - (shape[k]! - 1) / 2) <= shape[k]! / 4;
    }
    result.data[i] = inside ? 2 : -2;
  }
  return result;
}

function expectParameters(name: string, options: LocalBinaryFittingParameters, rank: number): void {
  expectNumber(name, "nu", options.nu, { min: 0 });
  expectNumber(name, "dt", options.dt, { above: 0 });
  expectNumber(name, "mu", options.mu, { min: 0 });
  const limit = 1 / (2 * rank * options.dt);
  if (options.mu >= limit) {
    const expected = `be below ${limit}, where dt ${options.dt} is stable`;
    throw new RangeArgumentError({ functionName: name, argument: "mu", expected, received: options.mu });
  }
  expectNumber(name, "lambda1", options.lambda1, { above: 0 });
  expectNumber(name, "lambda2", options.lambda2, { above: 0 });
  expectNumber(name, "epsilon", options.epsilon, { above: 0 });
  expectNumber(name, "tolerance", options.tolerance, { min: 0 });
}
