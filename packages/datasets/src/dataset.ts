import type { Cancellable } from "@ddl/core";
import type { NdArray } from "ndarray";

/** A set of patients whose slices have a mask each. */
export interface SegmentationDataset {
  /** Short name, for instance `lgg` or `phantom`. */
  readonly name: string;
  /** Names of the channels of an image, in order. */
  readonly channels: readonly string[];
  /** Sorted by id. */
  readonly patients: readonly Patient[];
  /** Slices left out so far because they could not be read. */
  readonly skipped: readonly SkippedSlice[];
  /** One slice, by its index from 0. */
  slice(patientId: string, index: number): Promise<Slice>;
  /** All slices of a patient. */
  volume(patientId: string, options?: Cancellable): Promise<Volume>;
  /** A text that is another for other data: part of the key of cached results. May read every file once. */
  fingerprint(options?: Cancellable): Promise<string>;
}

/** What is known of a patient without reading an image. */
export interface Patient {
  id: string;
  /** Where the images were made. */
  institution: string;
  sliceCount: number;
  /** `null` where nothing is known. */
  clinical: ClinicalRecord | null;
}

/** A slice that was left out. */
export interface SkippedSlice {
  /** Relative to the root of the set. */
  file: string;
  reason: string;
}

/** One slice with its mask. */
export interface Slice {
  /** (rows, columns, channels) */
  image: NdArray<Uint8Array>;
  /** (rows, columns), 0 and 1 */
  mask: NdArray<Uint8Array>;
}

/** The slices of a patient, in order. */
export interface Volume {
  /** (slices, rows, columns, channels) */
  image: NdArray<Uint8Array>;
  /** (slices, rows, columns), 0 and 1 */
  mask: NdArray<Uint8Array>;
}

/** The row of a patient in `data.csv` of the LGG set: category numbers as published, `null` for an empty cell. */
export interface ClinicalRecord {
  rnaSeqCluster: number | null;
  methylationCluster: number | null;
  miRnaCluster: number | null;
  cnCluster: number | null;
  rppaCluster: number | null;
  oncosignCluster: number | null;
  cocCluster: number | null;
  histologicalType: number | null;
  neoplasmHistologicGrade: number | null;
  tumorTissueSite: number | null;
  laterality: number | null;
  tumorLocation: number | null;
  gender: number | null;
  /** Years. */
  ageAtInitialPathologic: number | null;
  race: number | null;
  ethnicity: number | null;
  death01: number | null;
}
