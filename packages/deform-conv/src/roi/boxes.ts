import { RangeArgumentError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import { readAtOnce } from "../input/hostValues.js";

/** An RoI along one axis, in pixels of the image that is pooled. */
export interface Extent {
  start: number;
  length: number;
}

/** An RoI as it is given: corners in the coordinates of the original picture. */
export interface Box {
  /** Index of the image. */
  image: number;
  /** Start and end along y, then along x. */
  ends: readonly [readonly [number, number], readonly [number, number]];
}

/** Checks all of RoIs but their values, rows of [batch, x1, y1, x2, y2], and returns how many there are. @throws ArgumentError, DtypeError, ShapeError */
export function expectRois(functionName: string, rois: Tensor): number {
  expectTensor(functionName, "rois", rois, [-1, 5], "RoIs, [batch, x1, y1, x2, y2]");
  return rois.shape[0]!;
}

/** @throws RangeArgumentError for a number that is not finite or no image of the batch */
export function expectRoiValues(functionName: string, values: Float32Array, batch: number): void {
  const refuse = (expected: string, at: number): never => {
    const advice = `That is at index [${Math.floor(at / 5)}, ${at % 5}].`;
    throw new RangeArgumentError({ functionName, argument: "rois", expected, received: values[at], advice });
  };
  for (let at = 0; at < values.length; at += 5) {
    for (let k = at; k < at + 5; k++) if (!Number.isFinite(values[k])) refuse("contain only finite numbers", k);
    const image = values[at]!;
    if (!Number.isInteger(image) || image < 0 || image >= batch) {
      refuse(`begin each row with the index of an image of x, an integer ≥ 0 and < ${batch}`, at);
    }
  }
}

/**
 * Checks and reads the values of RoIs. Waits for the backend: how many samples a bin has depends on them.
 * @throws RangeArgumentError for a number that is not finite or no image of the batch; BackendError if they cannot be read at once
 */
export function readBoxes(functionName: string, rois: Tensor, batch: number): Box[] {
  if (rois.size === 0) return [];
  const values = readAtOnce(functionName, "rois", rois);
  expectRoiValues(functionName, values, batch);
  return Array.from({ length: rois.shape[0]! }, (_, k) => {
    const [image, x1, y1, x2, y2] = values.subarray(5 * k, 5 * k + 5) as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    const ends = [
      [y1, y2],
      [x1, x2],
    ] as const;
    return { image, ends };
  });
}

/** Ends scaled in float32. `aligned` moves by half a pixel, so that whole numbers are borders of pixels; else the length is at least 1. */
export function scaledExtent([from, to]: readonly [number, number], scale: number, aligned: boolean): Extent {
  const place = (end: number) => Math.fround(Math.fround(end * Math.fround(scale)) - (aligned ? 0.5 : 0));
  const length = Math.fround(place(to) - place(from));
  return { start: place(from), length: aligned ? length : Math.max(length, 1) };
}
