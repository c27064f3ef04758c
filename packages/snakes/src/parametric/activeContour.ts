import type { AnyArray } from "@ddl/core";
import { expectFiniteValues, expectNumber, expectOptions, expectShape, expectSpacing, throwIfAborted } from "@ddl/core";
import type { NdArray } from "ndarray";
import { ImageEnergy } from "./imageEnergy.js";
import type {
  ActiveContourOptions,
  ActiveContourResult,
  ActiveContourSettings,
  ActiveContourSolver,
  ActiveContourStart,
} from "./options.js";
import { completeSettings, settingNames } from "./settings.js";
import { SnakeMotion } from "./snakeMotion.js";

const startNames = [...settingNames, "spacing"] as const;

/**
 * Active contour model: a snake of points that is drawn to lines or edges of an image, and kept short by `alpha` and smooth by `beta`.
 *
 * The result is that of scikit-image's `active_contour` in float64 (float32 images are computed in float64, too). The snake climbs
 * wLine · image + wEdge · Sobel magnitude, interpolated by a biquadratic spline; outside the image, forces are those at its border.
 * Integers are taken as fractions of their type's largest value: a mask of 0 and 1 in a `Uint8Array` is nearly black.
 *
 * @param image (rows, columns) or (rows, columns, channels), finite values, at least 3 × 3 pixels; channels are added, in any number
 * @param snake (points, 2): [row, column] of each point in pixels, at least 3, with a free end 4; a closed snake does not repeat its first
 * @throws ShapeError for an image, a snake or a force field of another shape; RangeArgumentError for values that are not finite or
 *   options out of range; ArgumentError for a balloon force on an open snake; the signal's reason
 * @example
 * ```ts
 * const { snake, converged } = activeContour(smoothed, circle, { alpha: 0.015, beta: 10, gamma: 0.001 });
 * const field = gradientVectorFlow(edgeMap, { normalize: true });
 * const drawn = activeContour(smoothed, circle, { forceField: field, gamma: 1 });
 * ```
 *
 * Cost: an iteration is linear in the points; before the first, a few passes over the image. Working memory: three float64 a pixel
 * and ten a point.
 * Source: Kass, Witkin and Terzopoulos 1988 (`kass1988`); balloon force: Cohen 1991 (`cohen1991`).
 */
export function activeContour(
  image: NdArray<AnyArray>,
  snake: NdArray<AnyArray>,
  options: ActiveContourOptions = {},
): ActiveContourResult {
  const name = "activeContour";
  const known = [...startNames, "maxIterations", "onProgress", "signal"] as const;
  const { maxIterations = 2500, onProgress, signal, ...start } = expectOptions(name, options, known);
  expectNumber(name, "maxIterations", maxIterations, { integer: true, min: 0 });
  throwIfAborted(signal);
  const solver = create(name, image, snake, start);
  while (solver.iterations < maxIterations && !solver.converged) {
    solver.step();
    onProgress?.({ iteration: solver.iterations, maxIterations, moved: solver.moved });
    throwIfAborted(signal);
  }
  return { snake: solver.snake, iterations: solver.iterations, converged: solver.converged };
}

/**
 * {@link activeContour} to be stepped, looked at and changed while it runs; `snake` given to a new solver goes on from there.
 *
 * @throws as {@link activeContour}
 * @example
 * ```ts
 * const solver = createActiveContour(image, circle, { beta: 10 });
 * solver.step(20);
 * solver.change({ balloon: 0.02 });
 * ```
 */
export function createActiveContour(
  image: NdArray<AnyArray>,
  snake: NdArray<AnyArray>,
  options: ActiveContourStart = {},
): ActiveContourSolver {
  const name = "createActiveContour";
  return create(name, image, snake, expectOptions(name, options, [...startNames]));
}

function create(
  name: string,
  image: NdArray<AnyArray>,
  snake: NdArray<AnyArray>,
  { spacing: pixelSize, ...given }: ActiveContourStart,
): ActiveContourSolver {
  const spacing = expectSpacing(name, pixelSize, 2);
  const energy = new ImageEnergy(name, image, spacing);
  expectShape(name, "snake", snake, [-1, 2], "points, [row, column]");
  expectFiniteValues(name, "snake", snake);
  let settings: ActiveContourSettings = given;
  const motion = new SnakeMotion(energy, snake, spacing, completeSettings(name, settings, energy, snake));
  return {
    get snake() {
      return motion.snake;
    },
    get iterations() {
      return motion.iterations;
    },
    get converged() {
      return motion.converged;
    },
    get moved() {
      return motion.moved;
    },
    step(count = 1) {
      expectNumber(`${name}.step`, "count", count, { integer: true, min: 0 });
      for (let k = 0; k < count; k++) motion.step();
    },
    change(options) {
      const next = { ...settings, ...expectOptions(`${name}.change`, options, [...settingNames]) };
      motion.change(completeSettings(`${name}.change`, next, energy, snake));
      settings = next;
    },
  };
}
