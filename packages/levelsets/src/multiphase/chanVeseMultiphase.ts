import type { AnyArray } from "@ddl/core";
import { expectFiniteValues, expectNumber, expectOptions, expectRank, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { loopOptionNames, runSolver } from "../runSolver.js";
import { scaledImage } from "../scaledImage.js";
import { expectElements, startLevelSet, withDefaults } from "../solverStart.js";
import type {
  ChanVeseMultiphaseOptions,
  ChanVeseMultiphaseResult,
  ChanVeseMultiphaseSolver,
  ChanVeseMultiphaseSolverOptions,
  ChanVeseMultiphaseState,
} from "./options.js";
import { seedLevelSets } from "./seedLevelSets.js";
import { multiphaseStep, phaseMeans } from "./step.js";

const solverOptionNames = ["mu", "dt", "tolerance", "initial"] as const;

/**
 * Vese and Chan's segmentation of a grey image into four phases by two level sets: no vacuum and no overlap, and two contours can
 * meet in a triple point.
 *
 * The image is scaled to [0, 1]. An iteration: means of the phases under smooth Heaviside functions (ε = 1), φ₁, means again, φ₂ with
 * the new φ₁, explicit steps with δ = 1/(π(1 + φ²)), zero flux through the border. A local minimum: the result depends on `initial`.
 *
 * @param image (rows, columns) or (planes, rows, columns), finite values
 * @returns labels 0 to 3, the level sets and the means
 * @throws ShapeError for another rank, no elements or initial level sets of another size; RangeArgumentError for values that are not
 *   finite or options out of range; the signal's reason
 * @example
 * ```ts
 * const { labels, means } = chanVeseMultiphase(image, { mu: 0.02 });
 * ```
 *
 * Cost: an iteration is about ten passes; working memory eight arrays of the image's size.
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
 * @param image (rows, columns) or (planes, rows, columns), finite values; copied
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
  const { initial = "seeds", ...rest } = given;
  const options = withDefaults({ mu: 0.01, dt: 20, tolerance: 0.01 }, rest);
  expectRank(name, "image", image, [2, 3]);
  expectElements(name, image);
  expectParameters(name, options);
  expectFiniteValues(name, "image", image);
  const shape = [...image.shape];
  const phi = startLevelSet(name, [2, ...shape], { seeds: () => seedLevelSets(shape) }, initial, state);
  const scaled = scaledImage(image, 1);
  const size = scaled.values.length;
  const [phi1, phi2] = [phi.data.subarray(0, size), phi.data.subarray(size)];
  let change = state?.change ?? Number.POSITIVE_INFINITY;
  let done = state?.iterations ?? 0;
  return {
    options,
    phi,
    get iterations() {
      return done;
    },
    get change() {
      return change;
    },
    get converged() {
      return change <= options.tolerance;
    },
    step(iterations = 1) {
      expectNumber("step", "iterations", iterations, { integer: true, min: 0 });
      expectParameters("step", options);
      for (let k = 0; k < iterations; k++, done++) {
        change = multiphaseStep(scaled.values, phi1, phi2, shape, options);
      }
    },
    mask() {
      const mask = zeros(Uint8Array, phi.shape);
      for (let i = 0; i < 2 * size; i++) mask.data[i] = phi.data[i]! > 0 ? 1 : 0;
      return mask;
    },
    labels() {
      const labels = zeros(Uint8Array, shape);
      for (let i = 0; i < size; i++) labels.data[i] = (phi1[i]! > 0 ? 2 : 0) + (phi2[i]! > 0 ? 1 : 0);
      return labels;
    },
    means: () =>
      phaseMeans(scaled.values, phi1, phi2).map((mean) => scaled.low + mean * scaled.unit) as [
        number,
        number,
        number,
        number,
      ],
    state: () => ({
      phi: Array.from(phi.data),
      shape: [...phi.shape],
      iterations: done,
      change: Number.isFinite(change) ? change : null,
    }),
  };
}

function expectParameters(name: string, options: ChanVeseMultiphaseSolver["options"]): void {
  expectNumber(name, "mu", options.mu, { min: 0 });
  expectNumber(name, "dt", options.dt, { above: 0 });
  expectNumber(name, "tolerance", options.tolerance, { min: 0 });
}
