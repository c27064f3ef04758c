import { RangeArgumentError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";

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

/**
 * Checks and reads RoIs, rows of [batch, x1, y1, x2, y2]. Waits for the backend: how many samples a bin has depends on the values.
 * @throws ArgumentError, DtypeError, ShapeError; RangeArgumentError for a number that is not finite or no image of the batch
 */
export function readBoxes(functionName: string, rois: Tensor, batch: number): Box[] {
  expectTensor(functionName, "rois", rois, [-1, 5], "RoIs, [batch, x1, y1, x2, y2]");
  const values = rois.dataSync<"float32">();
  const refuse = (expected: string, at: number): never => {
    const advice = `That is at index [${Math.floor(at / 5)}, ${at % 5}].`;
    throw new RangeArgumentError({ functionName, argument: "rois", expected, received: values[at], advice });
  };
  const boxes: Box[] = [];
  for (let at = 0; at < values.length; at += 5) {
    for (let k = at; k < at + 5; k++) if (!Number.isFinite(values[k])) refuse("contain only finite numbers", k);
    const [image, x1, y1, x2, y2] = values.subarray(at, at + 5) as unknown as [number, number, number, number, number];
    if (!Number.isInteger(image) || image < 0 || image >= batch) {
      refuse(`begin each row with the index of an image of x, an integer ≥ 0 and < ${batch}`, at);
    }
    boxes.push({
      image,
      ends: [
        [y1, y2],
        [x1, x2],
      ],
    });
  }
  return boxes;
}

/** Ends scaled in float32. `aligned` moves by half a pixel, so that whole numbers are borders of pixels; else the length is at least 1. */
export function scaledExtent([from, to]: readonly [number, number], scale: number, aligned: boolean): Extent {
  const place = (end: number) => Math.fround(Math.fround(end * Math.fround(scale)) - (aligned ? 0.5 : 0));
  const length = Math.fround(place(to) - place(from));
  return { start: place(from), length: aligned ? length : Math.max(length, 1) };
}
