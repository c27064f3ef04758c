import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { readPair } from "../input/values.js";
import { components } from "./components.js";
import { countOverlaps } from "./overlaps.js";

/** Options of {@link lesionDetection}. */
export interface LesionDetectionOptions {
  /** 1 (default): elements of one lesion share faces; up to the number of axes: corners as well. */
  connectivity?: number;
  /**
   * A lesion is detected if the prediction covers `threshold` of its elements (`overlap`, default) or that `fraction` of them, or if a
   * predicted component has that `iou` with it; at least.
   */
  criterion?: "overlap" | "fraction" | "iou";
  /** Default 1 element for `overlap`; else 0.5, in (0, 1]. */
  threshold?: number;
}

/** A connected component of the reference. */
export interface Lesion {
  /** Number of elements. */
  size: number;
  /** Number of elements that the prediction covers. */
  covered: number;
  /** The largest IoU with a predicted component. */
  iou: number;
  detected: boolean;
}

/** Result of {@link lesionDetection}. */
export interface LesionDetection {
  /** Share of the lesions that are detected; NaN without any. */
  sensitivity: number;
  /** Number of lesions that are detected. */
  detected: number;
  /** Number of predicted components that meet no lesion. */
  falsePositives: number;
  /** Number of predicted components. */
  predictions: number;
  /** The lesions, in raster order of their first elements. */
  lesions: Lesion[];
}

/**
 * Which lesions, that is connected components of the reference, a mask finds, and how many of its components are false.
 *
 * A predicted component is false if it shares no element with a lesion; for `criterion: "iou"`, if it has that IoU with none.
 *
 * @param reference mask of one scan, any non-zero value is inside
 * @param prediction the same shape
 * @throws ShapeError if the shapes differ; RangeArgumentError for a NaN, a connectivity outside 1 … axes or a threshold out of range
 * @example `lesionDetection(truth, mask, { connectivity: 3, criterion: "fraction", threshold: 0.2 }).sensitivity`
 *
 * Cost: linear time; one 32-bit word an element and mask, one more while a mask is labelled.
 */
export function lesionDetection(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: LesionDetectionOptions = {},
): LesionDetection {
  const name = "lesionDetection";
  const {
    connectivity = 1,
    criterion = "overlap",
    threshold,
  } = expectOptions(name, options, ["connectivity", "criterion", "threshold"]);
  expectOneOf(name, "criterion", criterion, ["overlap", "fraction", "iou"]);
  const byCount = criterion === "overlap";
  const least = threshold ?? (byCount ? 1 : 0.5);
  expectNumber(name, "threshold", least, byCount ? { integer: true, min: 1 } : { above: 0, max: 1 });
  const pair = readPair(name, reference, prediction);
  expectNumber(name, "connectivity", connectivity, { integer: true, min: 1, max: pair[0].shape.length });
  const [r, p] = pair.map(({ data, shape }) =>
    components({ data: Uint8Array.from(data, (value) => (value === 0 ? 0 : 1)), shape }, connectivity),
  );
  const { references, predictions, shared } = countOverlaps(name, r!, p!);
  references.delete(0);
  predictions.delete(0);
  const found = new Set<number>();
  const lesions = [...references].map(([id, size]) => {
    let covered = 0;
    let iou = 0;
    for (const [other, both] of shared.get(id)!) {
      if (other === 0) continue;
      const one = both / (size + predictions.get(other)! - both);
      covered += both;
      iou = Math.max(iou, one);
      if (criterion !== "iou" || one >= least) found.add(other);
    }
    return { size, covered, iou, detected: { overlap: covered, fraction: covered / size, iou }[criterion] >= least };
  });
  const detected = lesions.filter((lesion) => lesion.detected).length;
  return {
    sensitivity: detected / lesions.length,
    detected,
    falsePositives: predictions.size - found.size,
    predictions: predictions.size,
    lesions,
  };
}
