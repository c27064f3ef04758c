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
import { checkerboardLevelSet, diskLevelSet } from "../initialLevelSets.js";
import { chanVeseEnergy } from "./energy.js";
import type { ChanVeseOptions, ChanVeseResult } from "./options.js";
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
  const { mu = 0.25, lambda1 = 1, lambda2 = 1, tolerance = 1e-3, ...rest } = expectOptions(name, options, known);
  const {
    maxIterations = 500,
    dt = 0.5,
    initial = "checkerboard",
    energies: wantEnergies = true,
    onProgress,
    signal,
  } = rest;
  expectRank(name, "image", image, 2);
  expectNumber(name, "mu", mu, { min: 0 });
  expectNumber(name, "lambda1", lambda1, { above: 0 });
  expectNumber(name, "lambda2", lambda2, { above: 0 });
  expectNumber(name, "tolerance", tolerance, { min: 0 });
  expectNumber(name, "maxIterations", maxIterations, { integer: true, min: 0 });
  expectNumber(name, "dt", dt, { above: 0 });
  expectBoolean(name, "energies", wantEnergies);
  expectFiniteValues(name, "image", image);

  const f = rescaled(image);
  let phi: NdArray<Float64Array> = initialLevelSet(image.shape as [number, number], initial);
  let next: NdArray<Float64Array> = zeros(Float64Array, phi.shape);
  const parameters = { mu, lambda1, lambda2, dt };
  const energies: number[] = [];
  let change = Number.POSITIVE_INFINITY;
  let iterations = 0;
  while (change > tolerance && iterations < maxIterations) {
    throwIfAborted(signal);
    if (wantEnergies) energies.push(chanVeseEnergy(f, phi, parameters));
    change = chanVeseStep(f, phi, next, parameters);
    [phi, next] = [next, phi];
    iterations++;
    onProgress?.({ iteration: iterations, maxIterations, change });
  }
  const mask = zeros(Uint8Array, phi.shape);
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = phi.data[i]! > 0 ? 1 : 0;
  return { mask, phi, energies, iterations, converged: change <= tolerance };
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
  shape: readonly [number, number],
  initial: "checkerboard" | "disk" | "small disk" | NdArray<AnyArray>,
): NdArray<Float64Array> {
  if (isNdarray(initial)) {
    expectShape("chanVese", "initial", initial, shape);
    expectFiniteValues("chanVese", "initial", initial);
    return toContiguous(initial, Float64Array);
  }
  if (initial === "checkerboard") return checkerboardLevelSet(shape);
  if (initial === "disk") return diskLevelSet(shape);
  if (initial === "small disk") return diskLevelSet(shape, { small: true });
  const expected = 'be "checkerboard", "disk", "small disk" or an ndarray';
  throw new ArgumentError({ functionName: "chanVese", argument: "initial", expected, received: initial });
}
