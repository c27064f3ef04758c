import { TISSUES, Tissue } from "./tissue.js";

/** What tells the contrasts of one patient from those of another. */
export interface ContrastForm {
  /** Signal of the scalp's fat on FLAIR, with that of white matter being 1. */
  fat: number;
  /** How far grey and white matter lie apart, 1 as in the table. */
  greyWhite: number;
  /** Signal of the lesion on FLAIR, with that of white matter being 1. */
  lesion: number;
  /** Signal of a cyst on FLAIR. */
  cyst: number;
  /** How dark the lesion is on the two T1 sequences: its signal there. */
  lesionT1: number;
}

/**
 * Signals of the tissues on the three sequences with white matter at 1, row by row: pre-contrast T1, FLAIR, post-contrast T1.
 *
 * Hand-set to the relations seen in clinical scans, with fluid suppressed on FLAIR, and fat bright on all three.
 */
const TABLE: readonly (readonly [tissue: number, pre: number, flair: number, post: number])[] = [
  [Tissue.air, 0.02, 0.02, 0.02],
  [Tissue.skin, 0.75, 0.9, 0.8],
  [Tissue.fat, 2, 2, 1.9],
  [Tissue.muscle, 0.62, 0.62, 0.8],
  [Tissue.bone, 0.12, 0.1, 0.12],
  [Tissue.marrow, 1.1, 0.8, 1.1],
  [Tissue.mucosa, 0.6, 1.3, 1.9],
  [Tissue.vitreous, 0.3, 0.25, 0.3],
  [Tissue.fluid, 0.28, 0.2, 0.28],
  [Tissue.flowingFluid, 0.28, 1.35, 0.3],
  [Tissue.grey, 0.72, 1.15, 0.76],
  [Tissue.white, 1, 1, 1],
  [Tissue.deepGrey, 0.84, 1.06, 0.86],
  [Tissue.gliosis, 0.8, 1.75, 0.8],
  [Tissue.vessel, 0.45, 0.35, 2.2],
  [Tissue.lesion, 0.65, 1.5, 0.65],
  [Tissue.cyst, 0.35, 0.4, 0.35],
  [Tissue.rim, 0.7, 1.4, 1.9],
];

/** Signal of each tissue on each of the three sequences, three numbers a tissue. */
export function signalTable(form: ContrastForm): Float64Array {
  const table = new Float64Array(3 * TISSUES);
  for (const [tissue, ...signals] of TABLE) table.set(signals, 3 * tissue);
  for (const tissue of [Tissue.grey, Tissue.deepGrey]) {
    for (let k = 0; k < 3; k++) table[3 * tissue + k] = 1 + (table[3 * tissue + k] - 1) * form.greyWhite;
  }
  table[3 * Tissue.fat + 1] = form.fat;
  table[3 * Tissue.lesion] = form.lesionT1;
  table[3 * Tissue.lesion + 1] = form.lesion;
  table[3 * Tissue.lesion + 2] = form.lesionT1;
  table[3 * Tissue.cyst + 1] = form.cyst;
  table[3 * Tissue.rim + 1] = form.lesion;
  return table;
}

/** Writes the three signals of a mixture of tissues to `signals` from `at` on. */
export function addSignals(
  table: Float64Array,
  fractions: Float64Array,
  texture: number,
  signals: Float32Array,
  at: number,
): void {
  let pre = 0;
  let flair = 0;
  let post = 0;
  for (let k = 0; k < TISSUES; k++) {
    const fraction = fractions[k];
    if (fraction === 0) continue;
    pre += fraction * table[3 * k];
    flair += fraction * table[3 * k + 1];
    post += fraction * table[3 * k + 2];
  }
  signals[at] = pre * texture;
  signals[at + 1] = flair * texture;
  signals[at + 2] = post * texture;
}
