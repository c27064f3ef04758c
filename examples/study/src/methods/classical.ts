import { zeros } from "@ddl/core";
import { chanVese } from "@ddl/levelsets";
import { largestComponent, percentile } from "@ddl/ndimage";
import { morphologicalChanVese } from "@ddl/snakes";
import type { NdArray } from "ndarray";
import type { ChanVeseConfig, MorphologicalChanVeseConfig, ThresholdConfig } from "../config/schema.js";
import type { PreparedPatient } from "../data/prepare.js";
import { fitThreshold, flairOf } from "./fitThreshold.js";
import type { FitMethod } from "./method.js";

type Segment = (
  slice: NdArray<Float64Array>,
  initial: NdArray<Float64Array>,
  signal: AbortSignal,
) => NdArray<Uint8Array>;

/** FLAIR at or above the threshold that was best on the training patients. */
export const fitThresholdMethod: FitMethod = (context) => {
  const config = context.cell.method as ThresholdConfig;
  return fitClassical(context, config.largestComponent, null);
};

/** Chan–Vese, slice by slice, from the thresholded slice. */
export const fitChanVese: FitMethod = (context) => {
  const { name: _name, largestComponent: largest, ...options } = context.cell.method as ChanVeseConfig;
  return fitClassical(
    context,
    largest,
    (slice, initial, signal) => chanVese(slice, { ...options, initial, energies: false, signal }).mask,
  );
};

/** Morphological Chan–Vese, slice by slice, from the thresholded slice. */
export const fitMorphologicalChanVese: FitMethod = (context) => {
  const {
    name: _name,
    largestComponent: largest,
    iterations,
    ...options
  } = context.cell.method as MorphologicalChanVeseConfig;
  return fitClassical(
    context,
    largest,
    (slice, initial, signal) => morphologicalChanVese(slice, iterations, { ...options, initial, signal }).mask,
  );
};

async function fitClassical(
  { train, validation, test, signal, onProgress }: Parameters<FitMethod>[0],
  largest: boolean,
  segment: Segment | null,
): ReturnType<FitMethod> {
  onProgress({ done: 0, stage: "threshold" });
  const { threshold, dice } = fitThreshold([...train, ...validation]);
  let finished = 0;
  return {
    facts: { threshold, trainingDice: dice },
    async predict(patient) {
      const mask = zeros(Uint8Array, patient.mask.shape);
      const [slices, rows, columns] = mask.shape as [number, number, number];
      const { window, level } = brainWindow(patient, threshold);
      for (let z = 0; z < slices; z++) {
        const slice = window(z);
        const initial = zeros(Float64Array, [rows, columns]);
        let any = false;
        for (let i = 0; i < initial.data.length; i++) {
          initial.data[i] = slice.data[i]! >= level ? 1 : -1;
          any ||= initial.data[i] === 1;
        }
        // Without a start inside there is nothing to evolve: two-phase models would split the noise in two.
        if (!any) continue;
        const start = z * rows * columns;
        if (segment === null)
          for (let i = 0; i < initial.data.length; i++) mask.data[start + i] = initial.data[i] === 1 ? 1 : 0;
        else mask.data.set(segment(slice, initial, signal).data, start);
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        onProgress({ done: (finished + (z + 1) / slices) / test.length, stage: patient.id });
      }
      finished++;
      return largest ? largestComponent(mask) : mask;
    },
    dispose() {},
  };
}

/**
 * The FLAIR slices of a patient between the median of the brain (0) and the brightest voxel (1).
 *
 * Two-phase models look for two levels. Over the whole range these are head and background; above the brain's median they are
 * normal tissue and what is brighter than it.
 */
function brainWindow(
  patient: PreparedPatient,
  threshold: number,
): { window: (slice: number) => NdArray<Float64Array>; level: number } {
  const image = flairOf(patient);
  const [slices, rows, columns] = image.shape as [number, number, number];
  const values = new Float64Array(slices * rows * columns);
  for (let z = 0, i = 0; z < slices; z++) {
    for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) values[i++] = image.get(z, y, x);
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const brain = values.filter((value) => value > low);
  const median = brain.length === 0 ? low : (percentile(asArray(brain), 50) as number);
  const scale = high > median ? 1 / (high - median) : 0;
  const toWindow = (value: number): number => Math.max(0, value - median) * scale;
  return {
    level: Math.max(Number.MIN_VALUE, toWindow(threshold)),
    window(slice) {
      const result = zeros(Float64Array, [rows, columns]);
      const start = slice * rows * columns;
      for (let i = 0; i < result.data.length; i++) result.data[i] = toWindow(values[start + i]!);
      return result;
    },
  };
}

function asArray(values: Float64Array): NdArray<Float64Array> {
  const array = zeros(Float64Array, [values.length]);
  array.data.set(values);
  return array;
}
