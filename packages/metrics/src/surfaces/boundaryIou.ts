import { ArgumentError, expectNumber, expectOptions } from "@ddl/core";
import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import { emptyValue, resolvePolicy } from "../empty/emptyPolicy.js";
import type { ArrayInput } from "../input/values.js";
import { borders, placesOf } from "./borderElements.js";
import type { MaskWindow } from "./maskWindow.js";
import { inPrediction, inReference, readWindow } from "./maskWindow.js";
import { nearestDistances } from "./nearestDistances.js";

/** Options of {@link boundaryIou}: one rule for the width of the boundary, or the other. */
export interface BoundaryIouOptions {
  /**
   * Width of the boundary as a share of the image's diagonal in pixels, rounded as Python does, at least one pixel; every pixel that is
   * so many steps (also diagonal ones) from the outside belongs to it. Default 0.02, as boundary-iou-api.
   */
  ratio?: number;
  /** In place of `ratio`: pixels of the mask nearer than this to its border pixels, in pixels, > 0; 1 is the border alone. MetricsReloaded's. */
  distance?: number;
  /** Default: both empty `"nan"`, one empty `"worst"`, which is 0. */
  emptyPolicy?: EmptyPolicy;
}

/**
 * Intersection over union of the inner boundaries of two masks: a strip along the border, so that a large object's inside does not
 * hide a poor contour. Symmetric.
 *
 * What lies beyond the image is outside. With `ratio` the value depends on the size of the image, with padding too.
 *
 * @param reference one to three axes, any non-zero value is inside
 * @param prediction the same shape
 * @throws ShapeError if shapes differ; ArgumentError for both rules at once; RangeArgumentError for a ratio or distance that is not
 * positive, a NaN; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `boundaryIou(truth, mask, { distance: 3 })`
 *
 * Source: Cheng et al. 2021 (`cheng2021`).
 */
export function boundaryIou(reference: ArrayInput, prediction: ArrayInput, options: BoundaryIouOptions = {}): number {
  const name = "boundaryIou";
  const { ratio = 0.02, distance, emptyPolicy } = expectOptions(name, options, ["ratio", "distance", "emptyPolicy"]);
  expectNumber(name, "ratio", ratio, { above: 0 });
  if (distance !== undefined) expectNumber(name, "distance", distance, { above: 0 });
  if (distance !== undefined && options.ratio !== undefined) {
    const expected = "be left out where ratio is given";
    throw new ArgumentError({ functionName: name, argument: "distance", expected, received: distance });
  }
  const policy = resolvePolicy(name, emptyPolicy);
  const window = readWindow(name, reference, prediction);
  const width = Math.max(1, roundHalfToEven(ratio * Math.sqrt(window.imageShape.reduce((sum, n) => sum + n * n, 0))));
  const [r, p] = [inReference, inPrediction].map((bit) =>
    distance === undefined ? strip(window, bit, width) : nearBorder(window, bit, distance),
  ) as [Uint8Array, Uint8Array];
  let [shared, either, inR, inP] = [0, 0, 0, 0];
  for (let i = 0; i < r.length; i++) {
    inR += r[i]!;
    inP += p[i]!;
    shared += r[i]! & p[i]!;
    either += r[i]! | p[i]!;
  }
  return emptyValue(name, policy, inR === 0, inP === 0, 0) ?? shared / either;
}

/** As Python's `round`. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** The mask without its erosion by a box of 2 · width + 1 pixels along each axis. */
function strip({ bits, strides }: MaskWindow, bit: number, width: number): Uint8Array {
  const mask = bits.map((value) => ((value & bit) === 0 ? 0 : 1));
  const inner = mask.slice();
  const run = new Int32Array(mask.length);
  for (const step of strides) {
    // Pixels inside in a row up to here, then back from there; margins end every run.
    for (let i = step; i < inner.length; i++) run[i] = inner[i] === 0 ? 0 : run[i - step]! + 1;
    for (let i = inner.length - step - 1; i >= 0; i--) {
      const before = run[i]!;
      run[i] = inner[i] === 0 ? 0 : run[i + step]! + 1;
      inner[i] = before > width && run[i]! > width ? 1 : 0;
    }
  }
  return mask.map((value, i) => value & ~inner[i]!);
}

/** Pixels of the mask at less than a distance from its border. */
function nearBorder(window: MaskWindow, bit: number, distance: number): Uint8Array {
  const region = new Uint8Array(window.bits.length);
  const border = borders(window, "voxel", [])[bit - 1]!.places;
  if (border.length === 0) return region;
  const inside = placesOf(window.bits, bit);
  const distances = nearestDistances(border, inside, window.shape, [1, 1, 1]);
  for (let i = 0; i < inside.length; i++) if (distances[i]! < distance) region[inside[i]!] = 1;
  return region;
}
