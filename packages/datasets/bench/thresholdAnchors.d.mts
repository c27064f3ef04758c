/** Figures of thresholding the FLAIR channel: ceilings, as the thresholds are chosen with the masks. */
export interface ThresholdAnchors {
  patients: number;
  slices: number;
  /** Share of the slices that show lesion. */
  lesionSliceFraction: number;
  /** Share of the pixels that are lesion: over the slices with lesion, and over all pixels. */
  areaFraction: { median: number; mean: number };
  lesionPixelFraction: number;
  /** The best single threshold, its Dice with all pixels pooled, and its volume Dice per patient. */
  pooled: { threshold: number; dice: number; patientMean: number; patientMedian: number };
  /** Mean volume Dice of the best threshold of each patient. */
  ownThresholdMean: number;
  /** Dice of the best threshold of each patient's slice with the largest lesion. */
  oracle: { mean: number; median: number; min: number; max: number };
}

/** Collects volumes one by one, C-ordered: image (slices, rows, columns, 3) uint8 with FLAIR at 1, mask (slices, rows, columns). */
export class ThresholdCounter {
  add(image: Uint8Array, mask: Uint8Array, slices: number): void;
  anchors(): ThresholdAnchors;
}
