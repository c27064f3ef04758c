import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOptions, throwIfAborted } from "@ddl/core";
import type { NdArray } from "ndarray";
import { chanVeseOptionNames, createSolver } from "./createChanVese.js";
import type { ChanVeseOptions, ChanVeseResult, ChanVeseValues } from "./options.js";

/**
 * Chan–Vese segmentation of an image or a volume: the contour that splits it into two regions of little variation each, no edges needed.
 *
 * The scheme `skimage` is scikit-image's `chan_vese` in float64, and of float32 images in two dimensions in float32; volumes and `ipol`
 * are computed in float64 and kept in the image's kind of float. A constant image changes by curvature alone; a region with no pixel
 * has mean 0.
 *
 * @param image (rows, columns) or (planes, rows, columns), with one more axis if `channelAxis` is given; finite values, at least one
 * @throws ShapeError for another rank, no element or an initial level set of another size; RangeArgumentError for values that are not
 *   finite or options out of range; ArgumentError for an unknown option; the signal's reason
 * @example
 * ```ts
 * const { mask, iterations, converged } = chanVese(image, { mu: 0.1, initial: "disk" });
 * const volume = chanVese(scan, { spacing: [5, 0.9, 0.9], energies: "length" });
 * ```
 *
 * Cost: an iteration is one pass with four roots a pixel (six of a volume) and one for the means; working memory a copy of the image,
 * φ, and two rows (of a volume a plane more).
 * Source: Chan and Vese 2001 (`chan2001`); channels: Chan, Sandberg and Vese 2000 (`chan2000vector`); discretisation: Getreuer 2012
 * (`getreuer2012`).
 */
export function chanVese<Image extends AnyArray>(
  image: NdArray<Image>,
  options: ChanVeseOptions = {},
): ChanVeseResult<ChanVeseValues<Image>> {
  const name = "chanVese";
  const known = [...chanVeseOptionNames, "maxIterations", "onProgress", "signal"] as const;
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
