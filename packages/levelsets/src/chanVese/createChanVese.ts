import type { AnyArray } from "@ddl/core";
import { ArgumentError, expectNumber, expectOneOf, expectOptions, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import type { ChanVeseImage } from "./chanVeseImage.js";
import { chanVeseImage, rescaleToUnit } from "./chanVeseImage.js";
import { restoreChanVese } from "./chanVeseState.js";
import { chanVeseSweep, type SweepMemory, sweepMemory } from "./chanVeseSweep.js";
import { chanVeseSweepFloat32 } from "./chanVeseSweepFloat32.js";
import { chanVeseVolumeSweep } from "./chanVeseVolumeSweep.js";
import { chanVeseEnergy } from "./energy.js";
import { initialLevelSet } from "./initialLevelSet.js";
import type {
  ChanVeseParameters,
  ChanVeseSolver,
  ChanVeseSolverOptions,
  ChanVeseState,
  ChanVeseValues,
} from "./options.js";
import { regionMeans } from "./regionMeans.js";

const parameterNames = ["mu", "nu", "lambda1", "lambda2", "tolerance", "dt", "energies"] as const;

export const chanVeseOptionNames: readonly (keyof ChanVeseSolverOptions)[] = [
  ...parameterNames,
  "scheme",
  "spacing",
  "channelAxis",
  "initial",
];

/**
 * {@link chanVese} as an object that is stepped: its parameters may be changed between steps, its state kept as JSON.
 *
 * @param image as of `chanVese`; copied
 * @param options as of `chanVese`, without its loop's; `scheme`, `spacing` and `channelAxis` cannot be changed later
 * @param state of another solver of the same image, to go on from in place of `initial`
 * @throws as `chanVese`; ShapeError, RangeArgumentError, ArgumentError for a state of another size or with other than finite values
 * @example
 * ```ts
 * const solver = createChanVese(image, { mu: 0.1 });
 * solver.step(5);
 * solver.options.mu = 0.3;
 * solver.step(5);
 * const later = createChanVese(image, solver.options, JSON.parse(JSON.stringify(solver.state())));
 * ```
 */
export function createChanVese<Image extends AnyArray>(
  image: NdArray<Image>,
  options: ChanVeseSolverOptions = {},
  state?: ChanVeseState,
): ChanVeseSolver<ChanVeseValues<Image>> {
  const name = "createChanVese";
  return createSolver(name, image, expectOptions(name, options, chanVeseOptionNames), state);
}

export function createSolver<Image extends AnyArray>(
  name: string,
  image: NdArray<Image>,
  given: ChanVeseSolverOptions,
  state?: ChanVeseState,
): ChanVeseSolver<ChanVeseValues<Image>> {
  const options = solverOptions(name, given);
  const f = chanVeseImage(name, image, options);
  const ipol = options.scheme === "ipol";
  const { shape } = f;
  const past = state === undefined ? undefined : restoreChanVese(name, state, shape);
  const values = initialLevelSet(name, f, past?.phi ?? given.initial ?? "checkerboard");
  const phi = ndarray(values, [...shape]) as NdArray<ChanVeseValues<Image>>;
  if (!ipol) rescaleToUnit(f.values);
  const memory = sweepMemory(f);
  const energies = past?.energies ?? [];
  let change = past?.change ?? Number.POSITIVE_INFINITY;
  let done = past?.iterations ?? 0;
  const iterate = (): void => {
    const means = regionMeans(f, values, ipol);
    if (options.energies) energies.push(chanVeseEnergy(f, values, means, options, ipol ? 1 : 1 / f.channels));
    change = f.volume
      ? chanVeseVolumeSweep(f, values, means, options, memory, ipol)
      : isFloat32(f) && !ipol
        ? chanVeseSweepFloat32(f, values as Float32Array, means, options, memory as SweepMemory<Float32Array>)
        : chanVeseSweep(f, values, means, options, memory, ipol);
    done++;
  };
  return {
    options,
    energies,
    phi,
    get iterations() {
      return done;
    },
    get change() {
      return change;
    },
    get converged() {
      return change <= options.tolerance && !(ipol && done < 2);
    },
    step(iterations = 1) {
      expectNumber("step", "iterations", iterations, { integer: true, min: 0 });
      expectParameters("step", options);
      for (let k = 0; k < iterations; k++) iterate();
    },
    mask() {
      const mask = zeros(Uint8Array, shape);
      for (let i = 0; i < values.length; i++) mask.data[i] = values[i]! > 0 || (ipol && values[i] === 0) ? 1 : 0;
      return mask;
    },
    state: () => ({
      phi: Array.from(values),
      shape: [...shape],
      iterations: done,
      change: Number.isFinite(change) ? change : null,
      energies: [...energies],
    }),
  };
}

function isFloat32(image: ChanVeseImage): image is ChanVeseImage<Float32Array> {
  return image.values instanceof Float32Array;
}

/** Defaults filled in; what is for the whole of a run cannot be written. */
export function solverOptions(name: string, given: ChanVeseSolverOptions): ChanVeseSolver["options"] {
  const { scheme = "skimage", spacing, channelAxis } = given;
  expectOneOf(name, "scheme", scheme, ["skimage", "ipol"]);
  const parameters: ChanVeseParameters = {
    mu: 0.25,
    nu: 0,
    lambda1: 1,
    lambda2: 1,
    tolerance: 1e-3,
    dt: 0.5,
    energies: "curvature",
  };
  for (const key of parameterNames) if (given[key] !== undefined) Object.assign(parameters, { [key]: given[key] });
  expectParameters(name, parameters);
  for (const [key, value] of Object.entries({ scheme, spacing, channelAxis })) {
    if (value !== undefined) Object.defineProperty(parameters, key, { value, enumerable: true });
  }
  return parameters as ChanVeseSolver["options"];
}

function expectParameters(name: string, options: ChanVeseParameters): void {
  expectNumber(name, "mu", options.mu, { min: 0 });
  expectNumber(name, "nu", options.nu);
  expectNumber(name, "lambda1", options.lambda1, { above: 0 });
  expectNumber(name, "lambda2", options.lambda2, { above: 0 });
  expectNumber(name, "tolerance", options.tolerance, { min: 0 });
  expectNumber(name, "dt", options.dt, { above: 0 });
  if (options.energies !== "curvature" && options.energies !== "length" && options.energies !== false) {
    const expected = 'be "curvature", "length" or false';
    throw new ArgumentError({ functionName: name, argument: "energies", expected, received: options.energies });
  }
}
