/** How the formulas take their counts. */
export type Counts = [tp: number, fp: number, fn: number, tn: number];

/** How the scores of several classes become one. Two masks have but one class: no effect on them. */
export interface ClassOptions {
  /** Class 0 is a class like the others. Default false: only the classes 1 … count. */
  background?: boolean;
  /**
   * `macro` (default): the mean of the classes' scores; `micro`: the score of their summed counts; `weighted`: the mean weighted by the
   * size of each class in the reference.
   */
  average?: "macro" | "micro" | "weighted";
  /** What a class without a defined score does to the mean: `nan` (default) makes it undefined, `skip` leaves the class out. */
  undefinedClasses?: "nan" | "skip";
}

/** How often each class of the reference was given each class by the prediction; every overlap score takes it. */
export interface ConfusionMatrix {
  readonly classes: number;
  /** classes × classes numbers, row by row: row = class in the reference, column = class in the prediction. */
  readonly counts: Float64Array;
  /** How the scores average classes; carried by the matrix, so that a score of masks alone stays small. */
  averageClasses(functionName: string, score: (...counts: Counts) => number, options: ClassOptions): number;
}
