import { expectNumber, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import { pairOf } from "../input/slidingWindow.js";

/** Options that all poolings of RoIs share. */
export interface RoiOptions {
  /** Bins an RoI, one number or `[rows, columns]`, integers ≥ 1. */
  outputSize: number | readonly [number, number];
  /** Pixels of x a unit of the RoIs' coordinates, > 0: 1/16 for features of a network with stride 16. Default 1. */
  spatialScale?: number;
}

/** Option of the poolings that interpolate. */
export interface SamplingOptions extends RoiOptions {
  /** Samples a bin along each axis, an integer; 0 and -1 (default) mean as many as the bin has pixels, rounded up. */
  samplingRatio?: number;
}

/** Checks x and returns its lengths. @throws ArgumentError, DtypeError, ShapeError */
export function expectImage(functionName: string, x: Tensor): [number, number, number, number] {
  const axes = "batch, height, width, channels";
  expectTensor(functionName, "x", x, [-1, -1, -1, -1], axes);
  if (x.shape.slice(1).includes(0)) {
    const expected = `have at least one row, column and channel (${axes})`;
    throw new ShapeError({ functionName, argument: "x", expected, received: x.shape });
  }
  return x.shape as [number, number, number, number];
}

/** Checks the options of all poolings. @throws ShapeError, RangeArgumentError */
export function resolveRoiOptions(
  functionName: string,
  { outputSize, spatialScale = 1, samplingRatio = -1 }: SamplingOptions,
): { outputSize: [number, number]; spatialScale: number; samplingRatio: number } {
  return {
    outputSize: pairOf(functionName, "outputSize", outputSize, 1),
    spatialScale: expectNumber(functionName, "spatialScale", spatialScale, { above: 0 }),
    samplingRatio: expectNumber(functionName, "samplingRatio", samplingRatio, { integer: true, min: -1 }),
  };
}

/** Checks that channels split into one set a bin, and returns channels of the result. @throws ShapeError */
export function channelsPerPlace(functionName: string, x: Tensor, places: number): number {
  const channels = x.shape[3]! / places;
  if (!Number.isInteger(channels)) {
    const expected = `have a number of channels that its ${places} bins divide (batch, height, width, channels)`;
    throw new ShapeError({ functionName, argument: "x", expected, received: x.shape });
  }
  return channels;
}
