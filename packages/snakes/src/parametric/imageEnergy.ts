import type { AnyArray } from "@ddl/core";
import { expectFiniteValues, expectRank, ShapeError, toValues } from "@ddl/core";
import { sobel } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { BiquadraticSpline } from "./biquadraticSpline.js";

/** The image's channels as fractions, and what a snake climbs: wLine · Σ channels + wEdge · Σ their Sobel magnitudes, interpolated. */
export class ImageEnergy {
  readonly rows: number;
  readonly columns: number;
  readonly #channels: NdArray<Float64Array>[];
  readonly #spacing: readonly number[];
  #line: Float64Array | undefined;
  #edge: Float64Array | undefined;

  constructor(name: string, image: NdArray<AnyArray>, spacing: readonly number[]) {
    expectRank(name, "image", image, [2, 3]);
    const [rows, columns, channels = 1] = image.shape as [number, number, number?];
    if (Math.min(rows, columns) < 3 || channels < 1) {
      const expected = "have at least 3 pixels along rows and columns, and a channel";
      throw new ShapeError({ functionName: name, argument: "image", expected, received: image.shape });
    }
    expectFiniteValues(name, "image", image);
    const values = toValues(image, Float64Array);
    const whole = largest(image.data);
    this.rows = rows;
    this.columns = columns;
    this.#spacing = spacing;
    this.#channels = Array.from({ length: channels }, (_, c) => {
      const channel = new Float64Array(rows * columns);
      for (let i = 0; i < channel.length; i++) channel[i] = values[i * channels + c]! / whole;
      return ndarray(channel, [rows, columns]) as NdArray<Float64Array>;
    });
  }

  /** Nothing if both weights are 0. */
  spline(wLine: number, wEdge: number): BiquadraticSpline | undefined {
    if (wLine === 0 && wEdge === 0) return undefined;
    const energy = new Float64Array(this.rows * this.columns);
    if (wLine !== 0) {
      this.#line ??= sum(this.#channels);
      for (let i = 0; i < energy.length; i++) energy[i] = wLine * this.#line[i]!;
    }
    if (wEdge !== 0) {
      this.#edge ??= sum(this.#channels.map((channel) => edges(channel, this.#spacing)));
      for (let i = 0; i < energy.length; i++) energy[i]! += wEdge * this.#edge[i]!;
    }
    return new BiquadraticSpline(energy, this.rows, this.columns);
  }
}

/** scikit-image takes integers as fractions of their type's largest value, and floating-point numbers as they are. */
function largest(data: AnyArray): number {
  if (Array.isArray(data) || data instanceof Float32Array || data instanceof Float64Array) return 1;
  const bits = 8 * data.BYTES_PER_ELEMENT;
  const signed = data instanceof Int8Array || data instanceof Int16Array || data instanceof Int32Array;
  return 2 ** (signed ? bits - 1 : bits) - 1;
}

function edges(channel: NdArray<Float64Array>, spacing: readonly number[]): NdArray<Float64Array> {
  const [height, width] = spacing as [number, number];
  if (height === 1 && width === 1) return sobel(channel);
  const down = sobel(channel, { axis: 0 });
  const right = sobel(channel, { axis: 1 });
  for (let i = 0; i < down.data.length; i++) {
    down.data[i] = Math.hypot(down.data[i]! / height, right.data[i]! / width) / Math.SQRT2;
  }
  return down;
}

function sum(arrays: readonly NdArray<Float64Array>[]): Float64Array {
  const total = arrays[0]!.data.slice();
  for (const { data } of arrays.slice(1)) for (let i = 0; i < total.length; i++) total[i]! += data[i]!;
  return total;
}
