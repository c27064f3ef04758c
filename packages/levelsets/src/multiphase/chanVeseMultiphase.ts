import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOptions, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { chanVeseImage } from "../chanVese/chanVeseImage.js";
import { createCurvatureSweep } from "../createCurvatureSweep.js";
import { loopOptionNames, runSolver } from "../runSolver.js";
import { scaleValues } from "../scaleValues.js";
import { createLevelSetSolver } from "../solver.js";
import { startLevelSet, withDefaults } from "../solverStart.js";
import type {
  ChanVeseMultiphaseOptions,
  ChanVeseMultiphaseResult,
  ChanVeseMultiphaseSolver,
  ChanVeseMultiphaseSolverOptions,
  ChanVeseMultiphaseState,
} from "./options.js";
import { seedLevelSets } from "./seedLevelSets.js";
import { multiphaseStep, phaseMeans } from "./step.js";

const solverOptionNames = ["mu", "dt", "tolerance", "spacing", "channelAxis", "initial"] as const;

/**
 * Vese and Chan's segmentation of an image into four phases by two level sets: no vacuum and no overlap, and two contours can
 * meet in a triple point.
 *
 * The image is scaled to [0, 1]. An iteration: means of the phases under smooth Heaviside functions (ε = 1), φ₁, means again, φ₂ with
 * the new φ₁, explicit steps with δ = 1/(π(1 + φ²)), zero flux through the border; deviations are averaged over channels. A local minimum: the result depends on `initial`.
 *
 * @param image (rows, columns) or (planes, rows, columns), with one more axis if `channelAxis` is given; finite values
 * @returns labels 0 to 3, the level sets and the means
 * @throws ShapeError for another rank, no elements or initial level sets of another size; RangeArgumentError for values that are not
 *   finite or options out of range; the signal's reason
 * @example
 * ```ts
 * const { labels, means } = chanVeseMultiphase(image, { mu: 0.02 });
 * ```
 *
 * Cost: an iteration is a pass for the means and one for the step, of one level set after the other; working memory a copy of the image, one
 * array of the size of a level set, and ten rows (of a volume planes).
 * Source: Vese and Chan 2002 (`vese2002`).
 */
export function chanVeseMultiphase(
  image: NdArray<AnyArray>,
  options: ChanVeseMultiphaseOptions = {},
): ChanVeseMultiphaseResult {
  const name = "chanVeseMultiphase";
  const checked = expectOptions(name, options, [...solverOptionNames, ...loopOptionNames]);
  const { maxIterations = 500, onProgress: _, signal: __, ...rest } = checked;
  expectNumber(name, "maxIterations", maxIterations, { integer: true, min: 0 });
  const solver = createSolver(name, image, rest);
  runSolver(solver, maxIterations, checked);
  const { phi, iterations, converged } = solver;
  return { labels: solver.labels(), phi, means: solver.means(), iterations, converged };
}

/**
 * {@link chanVeseMultiphase} as an object that is stepped: its options may be changed between steps, its state kept as JSON.
 *
 * @param image as of `chanVeseMultiphase`; copied
 * @param options as of `chanVeseMultiphase`, without its loop's
 * @param state of another solver of the same image, to go on from in place of `initial`
 * @throws as `chanVeseMultiphase`; ShapeError for a state of another size
 * @example
 * ```ts
 * const solver = createChanVeseMultiphase(image);
 * solver.step(20);
 * solver.options.mu = 0.1;
 * solver.step(20);
 * const labels = solver.labels();
 * ```
 */
export function createChanVeseMultiphase(
  image: NdArray<AnyArray>,
  options: ChanVeseMultiphaseSolverOptions = {},
  state?: ChanVeseMultiphaseState,
): ChanVeseMultiphaseSolver {
  const name = "createChanVeseMultiphase";
  return createSolver(name, image, expectOptions(name, options, solverOptionNames), state);
}

function createSolver(
  name: string,
  image: NdArray<AnyArray>,
  given: ChanVeseMultiphaseSolverOptions,
  state?: ChanVeseMultiphaseState,
): ChanVeseMultiphaseSolver {
  const { initial = "seeds", channelAxis, spacing, ...rest } = given;
  const options = withDefaults({ mu: 0.01, dt: 20, tolerance: 0.01 }, rest);
  const check = (caller: string): void => expectParameters(caller, options);
  check(name);
  const f = chanVeseImage(name, image, { channelAxis, spacing }, Float64Array);
  const { values, channels, shape } = f;
  const phi = startLevelSet(name, [2, ...shape], { seeds: () => seedLevelSets(shape) }, initial, state);
  const { low, unit } = scaleValues(values, 1);
  const size = phi.data.length / 2;
  const [phi1, phi2] = [phi.data.subarray(0, size), phi.data.subarray(size)];
  const sweep = createCurvatureSweep(shape, f.spacing.slice(-shape.length));
  const problem = { values, channels, shape, sweep, before: new Float64Array(size) };
  const iterate = (): number => multiphaseStep(problem, phi1, phi2, options);
  return Object.assign(createLevelSetSolver({ options, phi, state, check, iterate }), {
    labels() {
      const labels = zeros(Uint8Array, shape);
      for (let i = 0; i < size; i++) labels.data[i] = (phi1[i]! > 0 ? 2 : 0) + (phi2[i]! > 0 ? 1 : 0);
      return labels;
    },
    means: () => phaseMeans(problem, phi1, phi2).map((phase) => Array.from(phase, (mean) => low + mean * unit)),
  });
}

function expectParameters(name: string, options: ChanVeseMultiphaseSolver["options"]): void {
  expectNumber(name, "mu", options.mu, { min: 0 });
  expectNumber(name, "dt", options.dt, { above: 0 });
  expectNumber(name, "tolerance", options.tolerance, { min: 0 });
}
