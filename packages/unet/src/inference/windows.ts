import type { AnyArray } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { AxisWindow, WindowAxis } from "./windowGrid.js";

/** Planes, rows and columns. */
export type Axes = readonly [WindowAxis, WindowAxis, WindowAxis];
/** A window of a volume: one of each axis. */
export type Window = readonly [AxisWindow, AxisWindow, AxisWindow];

/** Copies what a window sees of a volume (planes, rows, columns, channels) into `values`, which holds zeros. */
export function readWindow(volume: NdArray<AnyArray>, [planes, rows, columns]: Window, values: Float32Array): void {
  const { data, stride, offset, shape } = volume;
  const [planeStep, rowStep, columnStep, channelStep] = stride as [number, number, number, number];
  const channels = shape[3]!;
  let to = 0;
  for (const p of planes.from) {
    for (const r of rows.from) {
      for (const c of columns.from) {
        if (p < 0 || r < 0 || c < 0) {
          to += channels;
          continue;
        }
        let at = offset + p * planeStep + r * rowStep + c * columnStep;
        for (let k = 0; k < channels; k++, at += channelStep) values[to++] = data[at] as number;
      }
    }
  }
}

/** Adds the weighted scores of a window to `sums` (planes, rows, columns, classes). */
export function addWindow(
  scores: ArrayLike<number>,
  [planes, rows, columns]: Window,
  axes: Axes,
  classes: number,
  sums: Float32Array,
): void {
  const [ofPlanes, ofRows, ofColumns] = axes;
  const rowCount = ofRows.total.length;
  const columnCount = ofColumns.total.length;
  let at = 0;
  for (const [i, p] of planes.to.entries()) {
    for (const [j, r] of rows.to.entries()) {
      if (p < 0 || r < 0) {
        at += columns.to.length * classes;
        continue;
      }
      const weight = ofPlanes.weights[i]! * ofRows.weights[j]!;
      const row = (p * rowCount + r) * columnCount;
      for (let k = 0; k < columns.to.length; k++) {
        const c = columns.to[k]!;
        if (c < 0) {
          at += classes;
          continue;
        }
        const part = weight * ofColumns.weights[k]!;
        let to = (row + c) * classes;
        for (let m = 0; m < classes; m++) sums[to++]! += part * scores[at++]!;
      }
    }
  }
}

/** Divides `sums` (planes, rows, columns, classes) by the sum of the weights at each pixel. */
export function divideByWeights(sums: Float32Array, [planes, rows, columns]: Axes, classes: number): void {
  let at = 0;
  for (const p of planes.total) {
    for (const r of rows.total) {
      for (const c of columns.total) for (let m = 0; m < classes; m++) sums[at++]! /= p * r * c;
    }
  }
}
