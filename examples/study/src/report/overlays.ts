import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { zeros } from "@ddl/core";
import type { SegmentationDataset, Volume } from "@ddl/datasets";
import { findContours, percentile } from "@ddl/ndimage";
import { encode } from "fast-png";
import type { NdArray } from "ndarray";
import { flair } from "../data/prepare.js";
import { decodePrediction } from "../predictions.js";
import { cellFiles } from "../store.js";
import type { Study } from "../study.js";
import { cellFolder } from "../study.js";
import type { PatientScore } from "./collect.js";

/** A slice with the outlines of truth and prediction on it. */
export interface Overlay {
  /** `best`, `median` or `worst`. */
  rank: string;
  patient: string;
  /** Number of the slice, from 1. */
  slice: number;
  dice: number;
  /** Self-contained SVG. */
  svg: string;
}

/** Pictures of the best, median and worst patient (by Dice) of one method, each at the slice with the largest lesion. */
export async function methodOverlays(study: Study, scores: readonly PatientScore[]): Promise<Overlay[]> {
  const ranked = scores
    .filter(({ metrics }) => !Number.isNaN(metrics.dice))
    .sort((a, b) => b.metrics.dice - a.metrics.dice);
  if (ranked.length === 0) return [];
  const chosen = [
    ["best", ranked[0]!],
    ["median", ranked[Math.floor((ranked.length - 1) / 2)]!],
    ["worst", ranked.at(-1)!],
  ] as const;
  return Promise.all(
    chosen.map(async ([rank, score]) => {
      const volume = await cachedVolume(study.dataset, score.patient);
      const file = join(cellFolder(study, score.cell), cellFiles.predictions, `${score.patient}.png`);
      const prediction = decodePrediction(await readFile(file), volume.mask.shape, file);
      const slice = largestSlice(volume.mask);
      return {
        rank,
        patient: score.patient,
        slice: slice + 1,
        dice: score.metrics.dice,
        svg: overlaySvg(
          volume.image.pick(slice, null, null, flair) as NdArray<Uint8Array>,
          volume.mask.pick(slice, null, null) as NdArray<Uint8Array>,
          prediction.pick(slice, null, null) as NdArray<Uint8Array>,
          `${score.patient}, slice ${slice + 1}`,
        ),
      };
    }),
  );
}

const volumes = new WeakMap<SegmentationDataset, Map<string, Promise<Volume>>>();

/** The pictures of a report show few patients many times. */
function cachedVolume(dataset: SegmentationDataset, patient: string): Promise<Volume> {
  const known = volumes.get(dataset) ?? new Map<string, Promise<Volume>>();
  volumes.set(dataset, known);
  const volume = known.get(patient) ?? dataset.volume(patient);
  known.set(patient, volume);
  return volume;
}

function largestSlice(mask: NdArray<Uint8Array>): number {
  const [slices, rows, columns] = mask.shape as [number, number, number];
  let best = 0;
  let most = -1;
  for (let z = 0; z < slices; z++) {
    let area = 0;
    for (let i = z * rows * columns; i < (z + 1) * rows * columns; i++) area += mask.data[i]!;
    if (area > most) {
      most = area;
      best = z;
    }
  }
  return best;
}

function overlaySvg(
  image: NdArray<Uint8Array>,
  truth: NdArray<Uint8Array>,
  prediction: NdArray<Uint8Array>,
  title: string,
): string {
  const [rows, columns] = image.shape as [number, number];
  const png = Buffer.from(greyPng(image)).toString("base64");
  return [
    `<svg viewBox="0 0 ${columns} ${rows}" role="img" aria-label="${title}: FLAIR with truth and prediction outlined">`,
    `<image href="data:image/png;base64,${png}" width="${columns}" height="${rows}"/>`,
    `<path class="truth" d="${outline(truth)}"/><path class="prediction" d="${outline(prediction)}"/></svg>`,
  ].join("");
}

/** The slice between 0 and its 99.5th percentile, so that one bright vessel does not darken the rest. */
function greyPng(image: NdArray<Uint8Array>): Uint8Array {
  const [rows, columns] = image.shape as [number, number];
  const top = Math.max(1, percentile(image, 99.5) as number);
  const data = new Uint8ClampedArray(rows * columns);
  for (let y = 0, i = 0; y < rows; y++) for (let x = 0; x < columns; x++, i++) data[i] = (255 * image.get(y, x)) / top;
  return encode({ width: columns, height: rows, data: new Uint8Array(data.buffer), channels: 1, depth: 8 });
}

/** The border of a mask as an SVG path in pixels; (0, 0) is the upper left corner of the first pixel. */
function outline(mask: NdArray<Uint8Array>): string {
  const [rows, columns] = mask.shape as [number, number];
  // A rim of zeros closes the outline of what touches the edge.
  const padded = zeros(Float64Array, [rows + 2, columns + 2]);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) padded.set(y + 1, x + 1, mask.get(y, x) === 0 ? 0 : 1);
  return findContours(padded, { level: 0.5 })
    .map((contour) => {
      const points = Array.from({ length: contour.shape[0]! }, (_, i) => {
        return `${round(contour.get(i, 1) - 0.5)} ${round(contour.get(i, 0) - 0.5)}`;
      });
      return `M${points.join("L")}Z`;
    })
    .join("");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
