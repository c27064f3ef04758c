import type { AnyArray } from "@ddl/core";
import { expectOptions } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { FrontResult } from "../segmentation/options.js";
import { runFront } from "../segmentation/runFront.js";
import { createDrlseSolver, drlseSettings } from "./createDrlse.js";
import type { DrlseOptions } from "./options.js";

/**
 * Distance-regularised level set evolution: an edge-based contour that needs no reinitialisation, in two or three dimensions.
 *
 * φ is positive inside; Li's is negative, so `alpha` > 0 grows here and shrinks there.
 *
 * @param edges edge indicator g, (rows, columns) or (planes, rows, columns), each length ≥ 3, finite
 * @param initial level set of the same shape, positive inside, finite; Li starts from ±2
 * @throws ShapeError for another rank, a length below 3 or an initial set of another shape; RangeArgumentError for values that
 *   are not finite, options out of range or an unstable mu·dt; the signal's reason
 * @example `const { mask, converged } = drlse(edges, initial, { alpha: -1.5, maxIterations: 300, narrowBand: 8 });`
 *
 * Time: a step is one pass over the pixels. With `narrowBand` it is one over those near the front, and the rest keep their values: the
 * result is that of all pixels until what the band's rim should have done reaches the front, which for a start of ±2 and 8 layers is
 * after some ten steps and stays small. The band is laid anew when the front has come a quarter of the way to its rim.
 * Working memory beside the result: a copy of `edges` and six rows or planes, so at most three arrays (of three planes) and hardly more
 * than one of an image; with `narrowBand` the copy, 5 bytes a pixel and about 36 bytes a pixel of the band.
 * Source: Li, Xu, Gui and Fox 2010 (`li2010`).
 */
export function drlse(edges: NdArray<AnyArray>, initial: NdArray<AnyArray>, options: DrlseOptions = {}): FrontResult {
  const name = "drlse";
  const known = [...drlseSettings, "maxIterations", "onProgress", "signal"] as const;
  const { maxIterations, onProgress, signal, ...rest } = expectOptions(name, options, known);
  return runFront(name, { maxIterations, onProgress, signal }, () => createDrlseSolver(name, edges, initial, rest));
}
