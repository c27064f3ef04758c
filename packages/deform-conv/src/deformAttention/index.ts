import { expectOneOf, expectOptions } from "@ddl/core";
import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { reshape, reverse } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import { attentionGeometry } from "./geometry.js";
import { implementationFor } from "./implementation.js";

/** Options of {@link deformAttention}. */
export interface DeformAttentionOptions {
  /** Order of the last axis of `samplingLocations`: `"xy"` (default), as published, or `"yx"`, as offsets of this package's convolutions. */
  locationOrder?: "xy" | "yx";
}

/**
 * Multi-scale deformable attention, the sampling of Deformable DETR: each query and head adds up, with weights, bilinear samples at a few
 * places of each level of a feature pyramid.
 *
 * A location is a share of the level's width and height: 0 is the outer edge of the first pixel, 1 that of the last, so a pixel's centre lies
 * at (index + ½) / size. Outside a level everything is 0, half a pixel beyond its edge included in the slope, as in `grid_sample` with zeros
 * and `align_corners=False`. A sample whose location is not finite is 0 and has no gradient. The weights are used as they are: a softmax over
 * levels and points together makes them an attention. Gradients of value, locations and weights, once; at a pixel's centre a location's slope
 * is the right-sided one. Values and gradients equal those of the published program.
 *
 * Time grows with queries · heads · levels · points · channels; backends other than `cpu` hold four pixels of every sample.
 * @param value features of the levels, one after the other, each row by row: (batch, Σ height·width, heads, channels), float32
 * @param spatialShapes [height, width] of each level
 * @param samplingLocations (batch, queries, heads, levels, points, 2), the last axis [x, y]
 * @param attentionWeights (batch, queries, heads, levels, points)
 * @returns (batch, queries, heads · channels), head by head; there may be no query
 * @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError
 * @example
 * ```ts
 * const [locations, weights] = [tf.fill([1, 5, 2, 2, 3, 2], 0.5), tf.fill([1, 5, 2, 2, 3], 1 / 6)];
 * deformAttention(tf.ones([1, 4 * 6 + 2 * 3, 2, 8]), [[4, 6], [2, 3]], locations, weights); // [1, 5, 16], all 1
 * ```
 *
 * Source: Zhu et al. 2021 (`zhu2021`), equation 3.
 */
export function deformAttention(
  value: Tensor,
  spatialShapes: readonly (readonly [number, number])[],
  samplingLocations: Tensor,
  attentionWeights: Tensor,
  options: DeformAttentionOptions = {},
): Tensor3D {
  const name = "deformAttention";
  const { locationOrder = "xy" } = expectOptions(name, options, ["locationOrder"]);
  expectOneOf(name, "locationOrder", locationOrder, ["xy", "yx"] as const);
  const geometry = attentionGeometry(name, value, spatialShapes, samplingLocations, attentionWeights);
  const { forward, gradients } = implementationFor(geometry);
  const ordered = (locations: Tensor): Tensor =>
    locationOrder === "xy" || locations.size === 0
      ? locations
      : reshape(reverse(reshape(locations, [-1, 2]), 1), locations.shape);
  return differentiable(
    { value, locations: samplingLocations, weights: attentionWeights },
    (inputs) => forward({ ...inputs, locations: ordered(inputs.locations) }, geometry),
    (inputs, dy) => {
      const all = gradients({ ...inputs, locations: ordered(inputs.locations) }, dy, geometry);
      return { ...all, locations: ordered(all.locations) };
    },
  ) as Tensor3D;
}
