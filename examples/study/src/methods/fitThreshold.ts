import { DataError } from "@ddl/core";
import type { NdArray } from "ndarray";
import { flair, type PreparedPatient } from "../data/prepare.js";

const bins = 512;

/** The FLAIR channel of a patient, (slices, size, size): a view. */
export function flairOf(patient: PreparedPatient): NdArray<Float32Array> {
  return patient.image.pick(null, null, null, flair) as NdArray<Float32Array>;
}

/**
 * The threshold t of FLAIR with the best mean volume Dice of `FLAIR ≥ t` over patients, among 512 even steps of their range.
 * @throws DataError if no patient has a lesion
 */
export function fitThreshold(patients: readonly PreparedPatient[]): { threshold: number; dice: number } {
  const [low, high] = range(patients);
  const step = (high - low) / bins;
  const mean = new Float64Array(bins);
  let counted = 0;
  for (const patient of patients) {
    const inside = new Float64Array(bins);
    const all = new Float64Array(bins);
    const image = flairOf(patient);
    const [slices, rows, columns] = image.shape as [number, number, number];
    let lesion = 0;
    for (let z = 0, i = 0; z < slices; z++) {
      for (let y = 0; y < rows; y++) {
        let at = image.offset + z * image.stride[0]! + y * image.stride[1]!;
        for (let x = 0; x < columns; x++, i++, at += image.stride[2]!) {
          const bin = Math.min(bins - 1, Math.floor((image.data[at]! - low) / step));
          all[bin]!++;
          if (patient.mask.data[i] !== 0) {
            inside[bin]!++;
            lesion++;
          }
        }
      }
    }
    if (lesion === 0) continue;
    counted++;
    for (let bin = bins - 1, both = 0, predicted = 0; bin >= 0; bin--) {
      both += inside[bin]!;
      predicted += all[bin]!;
      mean[bin]! += (2 * both) / (predicted + lesion);
    }
  }
  if (counted === 0)
    throw new DataError("fitThreshold", "the training patients", "must contain a lesion; received none.");
  const best = mean.indexOf(Math.max(...mean));
  return { threshold: low + best * step, dice: mean[best]! / counted };
}

function range(patients: readonly PreparedPatient[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { image } of patients) {
    const channels = image.shape[3]!;
    for (let i = flair; i < image.data.length; i += channels) {
      const value = image.data[i]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}
