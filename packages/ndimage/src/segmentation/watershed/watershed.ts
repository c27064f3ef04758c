import type { AnyArray, Cancellable } from "@ddl/core";
import {
  expectBoolean,
  expectNumber,
  expectOptions,
  expectRank,
  expectShape,
  RangeArgumentError,
  ShapeError,
  throwIfAborted,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { finiteValues } from "../../finiteValues.js";
import { maskValues } from "../../maskValues.js";
import { integerValues } from "../integerValues.js";
import { flood } from "./flood.js";
import { floodCompactly } from "./floodCompactly.js";
import { neighbourSteps } from "./neighbourOrder.js";
import { crop, pad, padding } from "./padded.js";
import { rankValues } from "./rankValues.js";

/** Where {@link watershed} stands. */
export interface WatershedProgress {
  /** Entries taken from the queue so far; with compactness or lines a pixel may enter more than once. */
  taken: number;
  /** Pixels that may be flooded. */
  pixels: number;
}

/** Options of {@link watershed}. */
export interface WatershedOptions extends Cancellable {
  /** 1: the flood goes over faces; up to the number of axes: over corners as well. Default 1. */
  connectivity?: number;
  /** Weight of the distance in pixels to the marker, added to the image, ≥ 0: basins get rounder. Default 0. */
  compactness?: number;
  /** Where the flood may go: any non-zero value. Default everywhere. */
  mask?: NdArray<AnyArray>;
  /** Leave a line of 0, one pixel wide, between basins. Default false. */
  lines?: boolean;
  /** Called every 65,536 pixels. */
  onProgress?: (progress: WatershedProgress) => void;
}

/**
 * Watershed basins of an image flooded from markers: every pixel gets the label of the marker whose flood reaches it at the lowest
 * level, on plateaus that of the marker that is nearer (scikit-image's `watershed`, to the last tie).
 *
 * @param image one to three axes, low values are flooded first
 * @param markers of the image's shape, whole numbers of 32 bits: any but 0 is a label, negative ones as well; markers outside the
 *   mask do not count
 * @returns the label of each pixel, 0 where no flood came: outside the mask, and on lines
 * @throws ShapeError for other ranks, shapes that differ or no elements; RangeArgumentError for values that are not finite, for
 *   markers that are not whole or all 0, or options out of range; ArgumentError for other options; the signal's reason
 * @example `watershed(sobel(image), markers, { connectivity: 2, mask })`
 *
 * Ties follow scikit-image 0.19.3, as its heap and its order of neighbours decide them. A marker on a line keeps its label, as
 * there. Cost: linear time for values that spread, n log n at worst and while equal markers wait; working memory about 50 bytes a
 * pixel. Source: Beucher and Meyer 1993 (`beucher1993`); compactness: Neubert and Protzel 2014 (`neubert2014`).
 */
export function watershed(
  image: NdArray<AnyArray>,
  markers: NdArray<AnyArray>,
  options: WatershedOptions = {},
): NdArray<Int32Array> {
  const name = "watershed";
  const {
    connectivity = 1,
    compactness = 0,
    mask,
    lines = false,
    signal,
    onProgress,
  } = expectOptions(name, options, ["connectivity", "compactness", "mask", "lines", "signal", "onProgress"]);
  expectRank(name, "image", image, [1, 2, 3]);
  const shape = [...image.shape];
  if (shape.includes(0)) {
    const expected = "have at least one element";
    throw new ShapeError({ functionName: name, argument: "image", expected, received: shape });
  }
  const values = finiteValues(name, "image", image).data;
  expectShape(name, "markers", markers, shape);
  expectNumber(name, "connectivity", connectivity, { integer: true, min: 1, max: shape.length });
  expectNumber(name, "compactness", compactness, { min: 0 });
  expectBoolean(name, "lines", lines);
  if (mask !== undefined) expectShape(name, "mask", mask, shape);
  throwIfAborted(signal);

  const seeds = integerValues(name, "markers", markers);
  const inside = new Uint8Array(seeds.length).fill(1);
  if (mask !== undefined) {
    const given = maskValues(name, "mask", mask);
    for (let i = 0; i < inside.length; i++) inside[i] = given[i] === 0 ? 0 : 1;
  }
  let pixels = 0;
  let count = 0;
  for (let i = 0; i < seeds.length; i++) {
    if (inside[i] === 0) seeds[i] = 0;
    else pixels++;
    if (seeds[i] !== 0) count++;
  }
  if (count === 0) {
    const expected = `have a value other than 0${mask === undefined ? "" : " inside mask"}`;
    throw new RangeArgumentError({ functionName: name, argument: "markers", expected, received: 0 });
  }
  const layout = padding(shape);
  const state = {
    labels: pad(seeds, new Int32Array(layout.size), layout),
    mask: pad(inside, new Uint8Array(layout.size), layout),
    neighbours: neighbourSteps(layout.strides, connectivity),
    report: (taken: number) => {
      throwIfAborted(signal);
      onProgress?.({ taken, pixels });
    },
  };
  const labels = new Int32Array(values.length);
  if (compactness > 0 || lines) {
    const padded = pad(values, new Float64Array(layout.size), layout);
    floodCompactly(state, padded, layout.strides, compactness, lines);
    crop(state.labels, labels, layout);
  } else {
    const { rank, distinct } = rankValues(values);
    const padded = pad(rank, new Int32Array(layout.size), layout);
    crop(flood(state, padded, distinct, values.length), labels, layout);
    if (mask !== undefined) for (let i = 0; i < labels.length; i++) if (inside[i] === 0) labels[i] = 0;
  }
  return ndarray(labels, shape) as NdArray<Int32Array>;
}
