import type { NdArray } from "ndarray";
import type { Cell } from "../cells.js";
import type { PreparedPatient } from "../data/prepare.js";

/** What a cell says of itself while it runs. */
export interface CellProgress {
  /** Share of the cell's work that is done, 0 to 1. */
  done: number;
  /** What it is at, for instance `epoch 3/12`. */
  stage: string;
  /** Loss of the last step. */
  loss?: number;
  /** Mean volume Dice of the validation patients after the last epoch. */
  dice?: number;
}

/** What a method is given. */
export interface MethodContext {
  cell: Cell;
  train: readonly PreparedPatient[];
  validation: readonly PreparedPatient[];
  test: readonly PreparedPatient[];
  /** The cell's folder, for checkpoints. */
  folder: string;
  signal: AbortSignal;
  onProgress: (progress: CellProgress) => void;
  /** Says something that the reader of the terminal should know. */
  note: (text: string) => void;
}

/** A method that has seen the training patients. */
interface FittedMethod {
  /** Segments one patient: (slices, size, size), 0 and 1, on the prepared grid. */
  predict(patient: PreparedPatient): Promise<NdArray<Uint8Array>>;
  /** What was learnt, for the report: a threshold, a number of weights. The same in every run. */
  facts: Record<string, number | string>;
  /** Gives back what the method holds. */
  dispose(): void;
}

/** Learns what a method learns from the training patients. */
export type FitMethod = (context: MethodContext) => Promise<FittedMethod>;
