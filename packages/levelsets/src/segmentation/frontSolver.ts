import type { AnyArray } from "@ddl/core";
import { expectFiniteValues, expectNumber, expectShape, expectSpacing, toContiguous } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { extendDistance } from "../band/extendDistance.js";
import type { NarrowBandState } from "../band/narrowBand.js";
import { createNarrowBand, layBand } from "../band/narrowBand.js";
import { createEikonalUpdate } from "../distance/createEikonalUpdate.js";
import type { LevelSetSolver, LevelSetState } from "../solver.js";
import { createLevelSetSolver } from "../solver.js";
import type { FrontModel, FrontWeights } from "./frontRates.js";
import { createFrontRates } from "./frontRates.js";
import type { FrontParameters, FrontSettings, FrontSolver, FrontSolverState } from "./options.js";

/** Names of the options that all fronts have. */
export const frontSettings = ["propagation", "curvature", "tolerance", "dt", "spacing", "narrowBand"] as const;

/** What a front starts from. */
export interface FrontSetting {
  /** Name of the function that asks, for its messages. */
  name: string;
  shape: readonly number[];
  initial: NdArray<AnyArray>;
  state: FrontSolverState | undefined;
  model: FrontModel;
  options: Partial<FrontParameters> & FrontSettings;
}

/** The layers that stay still: a moving pixel reads its diagonal neighbours, two steps away. */
const still = 2;

/**
 * A front that is stepped. Options beyond the common ones are `own`; `advection` checks them, as each step does, and gives the
 * weight of that term.
 */
export function createFrontSolver<Own extends object>(
  setting: FrontSetting,
  own: Own,
  advection: (functionName: string, options: FrontParameters & Own) => number,
): FrontSolver<FrontParameters & Own> {
  const { name, state } = setting;
  const shape = [...setting.shape];
  const { narrowBand: width, ...given } = setting.options;
  const spacing = [...expectSpacing(name, given.spacing, shape.length)];
  const { propagation = 1, curvature = 1, tolerance = 1e-3, dt: fixedDt } = given;
  const options: FrontParameters & Own = { propagation, curvature, tolerance, dt: fixedDt, ...own };
  const weights: FrontWeights = { propagation, curvature, advection: 0 };
  const check = (functionName: string): void => {
    weights.propagation = expectNumber(functionName, "propagation", options.propagation);
    weights.curvature = expectNumber(functionName, "curvature", options.curvature, { min: 0 });
    expectNumber(functionName, "tolerance", options.tolerance, { min: 0 });
    if (options.dt !== undefined) expectNumber(functionName, "dt", options.dt, { above: 0 });
    weights.advection = advection(functionName, options);
  };
  check(name);
  if (width !== undefined) expectNumber(name, "narrowBand", width, { integer: true, min: 4 });
  const phi = startingLevelSet(name, shape, setting.initial, state);
  const values = phi.data;
  const ratesOf = createFrontRates(shape, spacing, setting.model);
  const band = width === undefined ? undefined : createNarrowBand(values.length, state?.band);
  const update = createEikonalUpdate(shape, spacing);
  const allRates = new Float64Array(band === undefined ? values.length : 0);
  // ITK's limit for a front that moves by half a pixel over all axes.
  const share = Math.min(...spacing) / (2 * shape.length);
  let dt = 0;

  const renewBand = (): void => {
    if (band === undefined || width === undefined || band.age < width - still) return;
    const first = band.age === Number.POSITIVE_INFINITY;
    layBand(band, values, shape, width, still);
    const rim = extendDistance(band, values, update);
    if (first) for (let i = 0; i < values.length; i++) if (band.marks[i] === 0) values[i] = values[i]! > 0 ? rim : -rim;
  };
  renewBand();

  const iterate = (): number => {
    renewBand();
    const pixels = band?.pixels;
    const moving = band?.inner ?? values.length;
    const rates = band?.rates ?? allRates;
    const { fastest, roughest, squares, frontPixels } = ratesOf(values, rates, weights, pixels, moving);
    const bound = Math.min(fastest > 0 ? share / fastest : Infinity, roughest > 0 ? share / roughest : Infinity);
    dt = options.dt ?? (bound === Infinity ? 0 : bound);
    for (let k = 0; k < moving; k++) values[pixels === undefined ? k : pixels[k]!]! += dt * rates[k]!;
    if (band !== undefined) band.age++;
    return frontPixels === 0 ? 0 : dt * Math.sqrt(squares / frontPixels);
  };
  const saved = (): NarrowBandState | null =>
    band === undefined
      ? null
      : { pixels: Array.from(band.pixels.subarray(0, band.count)), inner: band.inner, age: band.age };
  return withBand(createLevelSetSolver({ options, phi, state, check, iterate }), () => dt, saved);
}

/** A solver that also tells the time of its last step, and saves its narrow band. */
export function withBand<Options>(
  solver: LevelSetSolver<Options, LevelSetState> & { readonly change: number },
  dt: () => number,
  band: () => NarrowBandState | null,
): FrontSolver<Options> {
  const { state } = solver;
  const more = Object.assign(solver, { dt: 0, state: () => ({ ...state(), band: band() }) });
  return Object.defineProperty(more, "dt", { get: dt });
}

/** The start: a copy of `initial`, or of what a state holds. */
function startingLevelSet(
  name: string,
  shape: readonly number[],
  initial: NdArray<AnyArray>,
  state: FrontSolverState | undefined,
): NdArray<Float64Array> {
  const start = state === undefined ? initial : ndarray(Float64Array.from(state.phi), state.shape);
  const argument = state === undefined ? "initial" : "state";
  expectShape(name, argument, start as NdArray<AnyArray>, shape);
  expectFiniteValues(name, argument, start as NdArray<AnyArray>);
  if (state !== undefined) expectNumber(name, "state.iterations", state.iterations, { integer: true, min: 0 });
  return toContiguous(start as NdArray<AnyArray>, Float64Array);
}
