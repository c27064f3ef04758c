import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import { expectEvery } from "../input/expectEvery.js";
import type { ArrayInput } from "../input/values.js";
import { readValues } from "../input/values.js";
import { visitThresholds } from "../probability/visitThresholds.js";
import { expectList } from "./expectList.js";

/** One image of {@link freeResponseRoc}. */
export interface FreeResponseImage {
  /** Labels of lesions, integers ≥ 0, 0 being background. */
  reference: ArrayInput;
  /** Points, each with an index along every axis (a fraction is cut off), and how sure the detector is. */
  detections: readonly { position: readonly number[]; score: number }[];
  /** Labels of lesions that are neither to be found nor false when found. */
  excludedLabels?: readonly number[];
}

/** Options of {@link freeResponseRoc}. */
export interface FreeResponseRocOptions {
  /** False positives an image at which sensitivity is read, ≥ 0. Default 0.25, 0.5, 1, 2, 4, 8, as CAMELYON16. */
  falsePositiveRates?: readonly number[];
  /**
   * `keep` (default) gives every distinct score a point. `drop`, as CAMELYON16 and MONAI: there a lesion that nobody hit has the score 0,
   * and the lowest score has no point, which costs a detection if all lesions are hit.
   */
  lowestScore?: "keep" | "drop";
}

/** Result of {@link freeResponseRoc}; the arrays have one length, from no detection at threshold Infinity to all. */
export interface FreeResponseRoc {
  falsePositivesPerImage: Float64Array;
  sensitivity: Float64Array;
  thresholds: Float64Array;
  /** Sensitivity at each of the `falsePositiveRates`, linear between points and constant beyond the last. */
  sensitivityAt: number[];
  /** Mean of `sensitivityAt`; NaN without any lesion. */
  score: number;
}

/**
 * Free-response ROC of detections in a set of images: sensitivity against false positives an image.
 *
 * A detection on a lesion finds it, with the highest score of those on it; a detection on background is false.
 *
 * @param images at least one; their shapes may differ
 * @throws ShapeError, ArgumentError or RangeArgumentError for a label that is no integer ≥ 0, a position outside the image, a NaN
 * @example `freeResponseRoc([{ reference: lesions, detections: [{ position: [31, 7], score: 0.9 }] }]).score`
 *
 * Source: Ehteshami Bejnordi and others 2017 (`bejnordi2017`), the score of CAMELYON16.
 */
export function freeResponseRoc(
  images: readonly FreeResponseImage[],
  options: FreeResponseRocOptions = {},
): FreeResponseRoc {
  const name = "freeResponseRoc";
  const { falsePositiveRates = [0.25, 0.5, 1, 2, 4, 8], lowestScore = "keep" } = expectOptions(name, options, [
    "falsePositiveRates",
    "lowestScore",
  ]);
  expectOneOf(name, "lowestScore", lowestScore, ["keep", "drop"]);
  expectList(name, "falsePositiveRates", falsePositiveRates, 1);
  for (const rate of falsePositiveRates) expectNumber(name, "every one of falsePositiveRates", rate, { min: 0 });
  expectList(name, "images", images, 1);
  const hits: number[] = [];
  const scores: number[] = [];
  let lesions = 0;
  let zeros = 0;
  images.forEach((image, k) => {
    expectOptions(`${name}: images[${k}]`, image, ["reference", "detections", "excludedLabels"]);
    const best = readLesions(name, `images[${k}]`, image, scores);
    hits.push(...new Array<number>(scores.length - hits.length).fill(0));
    for (const [label, score] of best) {
      if (label === 0) continue;
      const excluded = image.excludedLabels?.includes(label) ?? false;
      if (excluded || score === Number.NEGATIVE_INFINITY) zeros++;
      else {
        hits.push(1);
        scores.push(score);
      }
      if (!excluded) lesions++;
    }
  });
  const points = [[Number.POSITIVE_INFINITY, 0, 0]];
  visitThresholds(hits, scores, (...point) => points.push(point));
  if (lowestScore === "drop" && zeros === 0 && points.length > 1) points.pop();
  const curve = (k: number, divisor: number): Float64Array => Float64Array.from(points, (point) => point[k]! / divisor);
  const sensitivity = curve(1, lesions);
  const falsePositivesPerImage = curve(2, images.length);
  const sensitivityAt = falsePositiveRates.map((rate) => {
    const after = falsePositivesPerImage.findIndex((x) => x > rate);
    if (after < 0) return sensitivity[points.length - 1]!;
    const [x0, x1] = [falsePositivesPerImage[after - 1]!, falsePositivesPerImage[after]!];
    const [y0, y1] = [sensitivity[after - 1]!, sensitivity[after]!];
    return y0 + ((y1 - y0) * (rate - x0)) / (x1 - x0);
  });
  const score = sensitivityAt.reduce((sum, value) => sum + value, 0) / sensitivityAt.length;
  return { falsePositivesPerImage, sensitivity, thresholds: curve(0, 1), sensitivityAt, score };
}

/** The highest score on each label of an image; appends those on background to `falseScores`. */
function readLesions(
  functionName: string,
  argument: string,
  { reference, detections }: FreeResponseImage,
  falseScores: number[],
): Map<number, number> {
  const { data, shape } = readValues(functionName, `${argument}.reference`, reference);
  const fits = (value: number): boolean => Number.isInteger(value) && value >= 0;
  expectEvery(functionName, `${argument}.reference`, data, "hold integers ≥ 0", fits);
  const best = new Map<number, number>();
  for (let i = 0; i < data.length; i++) if (data[i] !== data[i - 1]) best.set(data[i]!, Number.NEGATIVE_INFINITY);
  expectList(functionName, `${argument}.detections`, detections, 0);
  detections.forEach(({ position, score }, k) => {
    const where = `${argument}.detections[${k}]`;
    expectNumber(functionName, `${where}.score`, score);
    let at = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      const index = expectNumber(functionName, `${where}.position`, position?.[axis], { min: 0, below: shape[axis]! });
      at = at * shape[axis]! + Math.floor(index);
    }
    const label = data[at]!;
    if (label === 0) falseScores.push(score);
    else best.set(label, Math.max(best.get(label)!, score));
  });
  return best;
}
