import type { AnyArray } from "@ddl/core";
import {
  expectNumber,
  expectOneOf,
  expectOptions,
  expectShape,
  expectSpacing,
  RangeArgumentError,
  toValues,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { expectFeatureImage } from "../segmentation/expectFeatureImage.js";
import { withBand } from "../segmentation/frontSolver.js";
import type { FrontSolver, FrontSolverState } from "../segmentation/options.js";
import { createLevelSetSolver } from "../solver.js";
import { startLevelSet } from "../solverStart.js";
import { createDrlseBand } from "./createDrlseBand.js";
import { createDrlseSweep } from "./createDrlseSweep.js";
import { createDrlsePixel } from "./drlsePixel.js";
import type { DrlseParameters, DrlseSolverOptions } from "./options.js";

/** Names of the options of {@link createDrlse}. */
export const drlseSettings = [
  "mu",
  "lambda",
  "alpha",
  "epsilon",
  "dt",
  "potential",
  "tolerance",
  "spacing",
  "narrowBand",
] as const;

/**
 * {@link drlse} as an object that is stepped: its options may be changed between steps, its state kept as JSON.
 *
 * @param edges as of `drlse`; copied
 * @param initial as of `drlse`; copied
 * @param options as of `drlse`, without its loop's
 * @param state of another solver of the same image, to go on from in place of `initial`
 * @throws as `drlse`; ShapeError for a state of another size
 * @example
 * ```ts
 * const solver = createDrlse(edges, initial, { alpha: -1.5 });
 * solver.step(200);
 * solver.options.alpha = 0; // Li's last refinement
 * solver.step(10);
 * ```
 */
export function createDrlse(
  edges: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: DrlseSolverOptions = {},
  state?: FrontSolverState,
): FrontSolver<DrlseParameters> {
  const name = "createDrlse";
  return createDrlseSolver(name, edges, initial, expectOptions(name, options, drlseSettings), state);
}

/** {@link createDrlse} under the name of the function that asks; the options' keys are checked. */
export function createDrlseSolver(
  name: string,
  edges: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  { spacing: givenSpacing, narrowBand, ...given }: DrlseSolverOptions,
  state?: FrontSolverState,
): FrontSolver<DrlseParameters> {
  expectFeatureImage(name, "edges", edges, 3);
  const shape = [...edges.shape];
  const spacing = [...expectSpacing(name, givenSpacing, shape.length)];
  const { mu, lambda = 5, alpha = 1.5, epsilon = 1.5, dt = 1, potential = "double well", tolerance = 1e-3 } = given;
  const options: DrlseParameters = { mu, lambda, alpha, epsilon, dt, potential, tolerance };
  const weights = { mu: 0, lambda, alpha, epsilon, singleWell: false };
  const check = (caller: string): void => {
    expectNumber(caller, "dt", options.dt, { above: 0 });
    const limit = 1 / (2 * options.dt * spacing.reduce((sum, h) => sum + 1 / (h * h), 0));
    weights.mu = expectNumber(caller, "mu", options.mu ?? 0.8 * limit, { min: 0 });
    if (weights.mu >= limit) {
      const expected = `be below ${limit}, where dt ${options.dt} is stable`;
      throw new RangeArgumentError({ functionName: caller, argument: "mu", expected, received: options.mu });
    }
    weights.lambda = expectNumber(caller, "lambda", options.lambda, { min: 0 });
    weights.alpha = expectNumber(caller, "alpha", options.alpha);
    weights.epsilon = expectNumber(caller, "epsilon", options.epsilon, { above: 0 });
    expectOneOf(caller, "potential", options.potential, ["double well", "single well"]);
    weights.singleWell = options.potential === "single well";
    expectNumber(caller, "tolerance", options.tolerance, { min: 0 });
  };
  check(name);
  if (narrowBand !== undefined) expectNumber(name, "narrowBand", narrowBand, { integer: true, min: 4 });
  if (state === undefined) expectShape(name, "initial", initial, shape);
  const phi = startLevelSet(name, shape, {}, initial, state);
  const values = phi.data;
  const pixel = createDrlsePixel(shape, spacing, toValues(edges, Float64Array), weights);
  const band = narrowBand === undefined ? undefined : createDrlseBand(shape, narrowBand, pixel, state?.band);
  const advance = band?.step ?? createDrlseSweep(shape, pixel);
  let advanced = 0;
  const iterate = (): number => {
    pixel.squares = 0;
    pixel.frontPixels = 0;
    advance(values, options.dt);
    advanced = options.dt;
    return pixel.frontPixels === 0 ? 0 : advanced * Math.sqrt(pixel.squares / pixel.frontPixels);
  };
  const solver = createLevelSetSolver({ options, phi, state, check, iterate, goesOnAtZero: true });
  return withBand(
    solver,
    () => advanced,
    () => band?.state() ?? null,
  );
}
