import { ArgumentError, expectBoolean, expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { readValues } from "../input/values.js";
import { expectList } from "./expectList.js";

/** One object of {@link cocoAveragePrecision}. */
export interface CocoInstance {
  /** Number of its class. */
  class: number;
  /** [x, y, width, height] of it, ≥ 0; for `iouType: "bbox"`. */
  box?: readonly number[];
  /** Where it is: anything but 0, or with `label` that label; one shape an image; for `iouType: "segmentation"`. */
  mask?: ArrayInput;
  /** Its label, where `mask` is an image of labels. */
  label?: number;
}

/** An object that is to be found. */
export interface CocoReference extends CocoInstance {
  /** A region of many objects: takes any number of detections, which then count for nothing. Default false. */
  crowd?: boolean;
  /** What decides between small, medium and large. Default: of the box or mask; COCO's files state the mask's with boxes too. */
  area?: number;
}

/** An object that was found. */
export interface CocoDetection extends CocoInstance {
  score: number;
}

/** One image of {@link cocoAveragePrecision}. */
export interface CocoImage {
  references: readonly CocoReference[];
  detections: readonly CocoDetection[];
}

/** A checked instance. */
export interface Region {
  class: number;
  score: number;
  crowd: boolean;
  area: number;
  /** Elements, or width times height. */
  size: number;
  /** The box, or the runs of the mask: start, end, start, end, … in C order. */
  geometry: readonly number[];
}

/** Checks the instances of one list of an image. `shape` is that of the image's masks, which the first one sets. */
export function readRegions(
  functionName: string,
  argument: string,
  instances: readonly (CocoReference | CocoDetection)[],
  scored: boolean,
  boxes: boolean,
  shape: { of?: string },
): Region[] {
  expectList(functionName, argument, instances, 0);
  return instances.map((instance: CocoReference & Partial<CocoDetection>, k) => {
    const where = `${argument}[${k}]`;
    const keys = ["class", "box", "mask", "label", ...(scored ? (["score"] as const) : (["crowd", "area"] as const))];
    expectOptions(`${functionName}: ${where}`, instance, keys as (keyof CocoReference)[]);
    const number = (key: "class" | "score" | "area" | "label", value: unknown): number =>
      expectNumber(functionName, `${where}.${key}`, value);
    if (instance.label !== undefined) number("label", instance.label);
    const geometry = boxes
      ? readBox(functionName, `${where}.box`, instance.box)
      : readRuns(functionName, `${where}.mask`, instance, shape);
    let size = boxes ? geometry[2]! * geometry[3]! : 0;
    if (!boxes) for (let i = 0; i < geometry.length; i += 2) size += geometry[i + 1]! - geometry[i]!;
    return {
      class: number("class", instance.class),
      score: scored ? number("score", instance.score) : 0,
      crowd: expectBoolean(functionName, `${where}.crowd`, instance.crowd ?? false),
      area: number("area", instance.area ?? size),
      size,
      geometry,
    };
  });
}

function readBox(functionName: string, argument: string, box: readonly number[] | undefined): readonly number[] {
  if (!(box?.length === 4 && box.every(Number.isFinite) && box[2]! >= 0 && box[3]! >= 0)) {
    const expected = "be [x, y, width, height], finite, without a negative size";
    throw new ArgumentError({ functionName, argument, expected, received: box });
  }
  return box;
}

function readRuns(
  functionName: string,
  argument: string,
  { mask, label }: CocoInstance,
  shape: { of?: string },
): number[] {
  const { data, shape: own } = readValues(functionName, argument, mask!);
  shape.of ??= own.join(", ");
  if (own.join(", ") !== shape.of) {
    const expected = `have the shape of the image's first mask, [${shape.of}]`;
    throw new ShapeError({ functionName, argument, expected, received: own });
  }
  const runs: number[] = [];
  let inside = false;
  for (let i = 0; i <= data.length; i++) {
    const now = i < data.length && (label === undefined ? data[i] !== 0 : data[i] === label);
    if (now !== inside) runs.push(i);
    inside = now;
  }
  return runs;
}

/** Intersection over union of two regions, over the detection alone if the reference is a crowd. */
export function regionIou(detection: Region, reference: Region, boxes: boolean): number {
  const shared = (boxes ? sharedBox : sharedRuns)(detection.geometry, reference.geometry);
  const union = reference.crowd ? detection.size : detection.size + reference.size - shared;
  return shared === 0 ? 0 : shared / union;
}

function sharedBox(a: readonly number[], b: readonly number[]): number {
  const side = (k: 0 | 1): number => Math.min(a[k]! + a[k + 2]!, b[k]! + b[k + 2]!) - Math.max(a[k]!, b[k]!);
  return Math.max(0, side(0)) * Math.max(0, side(1));
}

function sharedRuns(a: readonly number[], b: readonly number[]): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    shared += Math.max(0, Math.min(a[i + 1]!, b[j + 1]!) - Math.max(a[i]!, b[j]!));
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return shared;
}
