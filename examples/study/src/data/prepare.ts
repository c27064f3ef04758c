import { throwIfAborted } from "@ddl/core";
import type { SegmentationDataset, VolumeGeometry } from "@ddl/datasets";
import { preprocess, restoreMask } from "@ddl/datasets";
import type { NdArray } from "ndarray";
import type { PreprocessingConfig } from "../config/schema.js";

/** A patient as the methods see it. */
export interface PreparedPatient {
  id: string;
  institution: string;
  /** (slices, size, size, channels), z-scored. */
  image: NdArray<Float32Array>;
  /** (slices, size, size), 0 and 1: for training and validation. */
  mask: NdArray<Uint8Array>;
  /** The way back to the original grid. */
  geometry: VolumeGeometry;
  /** (slices, rows, columns) of the original grid: what predictions are scored against. */
  reference: NdArray<Uint8Array>;
}

/** Number of the FLAIR channel. */
export const flair = 1;

/** Reads and preprocesses every patient; the study keeps them in memory. */
export async function preparePatients(
  dataset: SegmentationDataset,
  config: PreprocessingConfig,
  options: { signal: AbortSignal; onPatient: (done: number, total: number) => void },
): Promise<Map<string, PreparedPatient>> {
  const prepared = new Map<string, PreparedPatient>();
  for (const { id, institution } of dataset.patients) {
    throwIfAborted(options.signal);
    const volume = await dataset.volume(id, { signal: options.signal });
    const { image, mask, geometry } = preprocess(volume, {
      ...(config.crop ? {} : { crop: false as const }),
      size: config.size,
    });
    prepared.set(id, { id, institution, image, mask, geometry, reference: volume.mask });
    options.onPatient(prepared.size, dataset.patients.length);
    // Reading and resampling are synchronous for long: let Ctrl-C and the progress display in.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return prepared;
}

/** A predicted mask on the original grid of the patient's slices. */
export function onOriginalGrid(patient: PreparedPatient, mask: NdArray<Uint8Array>): NdArray<Uint8Array> {
  return restoreMask(mask, patient.geometry);
}
