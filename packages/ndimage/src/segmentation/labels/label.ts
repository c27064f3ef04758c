import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOptions, expectRank, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { maskValues } from "../../maskValues.js";
import { labelRuns } from "./labelRuns.js";

/** Options of {@link label} and {@link largestComponent}. */
export interface ConnectivityOptions {
  /** 1: neighbours share a face; up to the number of axes: corners as well. Default 1, as scipy. */
  connectivity?: number;
}

/** Result of {@link label}. */
export interface Labels {
  /** 0 outside, 1 … count inside. */
  labels: NdArray<Int32Array>;
  count: number;
}

/**
 * Connected components of a mask of one to three axes, numbered in raster order of their first pixels (scipy.ndimage.label).
 *
 * @param mask any non-zero value is inside
 * @throws ShapeError for a rank above 3; RangeArgumentError for a connectivity outside 1 … rank or a value that is not finite
 * @example `label(mask, { connectivity: 2 }).count`
 *
 * Cost: linear time; working memory twelve bytes a run of pixels along the last axis.
 */
export function label(mask: NdArray<AnyArray>, options: ConnectivityOptions = {}): Labels {
  return labelMask("label", mask, options);
}

/**
 * The largest connected component of a mask; of equally large ones the first in raster order. An empty mask stays empty.
 *
 * @param mask any non-zero value is inside
 * @throws as {@link label}
 * @example `largestComponent(prediction)`
 */
export function largestComponent(mask: NdArray<AnyArray>, options: ConnectivityOptions = {}): NdArray<Uint8Array> {
  const { labels, count } = labelMask("largestComponent", mask, options);
  const sizes = new Float64Array(count + 1);
  for (const value of labels.data) sizes[value]!++;
  let best = 1;
  for (let k = 2; k <= count; k++) if (sizes[k]! > sizes[best]!) best = k;
  const result = zeros(Uint8Array, labels.shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = labels.data[i] === best ? 1 : 0;
  return result;
}

function labelMask(functionName: string, mask: NdArray<AnyArray>, options: ConnectivityOptions): Labels {
  const { connectivity = 1 } = expectOptions(functionName, options, ["connectivity"]);
  expectRank(functionName, "mask", mask, [1, 2, 3]);
  const rank = mask.shape.length;
  expectNumber(functionName, "connectivity", connectivity, { integer: true, min: 1, max: rank });
  const data = maskValues(functionName, "mask", mask);
  const shape = [...new Array<number>(3 - rank).fill(1), ...mask.shape] as [number, number, number];
  const labels = zeros(Int32Array, mask.shape);
  const count = labelRuns(data, shape, connectivity, labels.data);
  return { labels, count };
}
