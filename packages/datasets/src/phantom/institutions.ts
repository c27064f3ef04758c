/** Scanner and habits of one institution. Ranges are [lowest, highest] over its patients. */
export interface Institution {
  name: string;
  /** Share of the patients. */
  share: number;
  slices: readonly [number, number];
  /** Grey value of white matter on pre-contrast T1, FLAIR and post-contrast T1. */
  gains: readonly [readonly [number, number], readonly [number, number], readonly [number, number]];
  noise: readonly [number, number];
  bias: number;
  fat: readonly [number, number];
  greyWhite: readonly [number, number];
  /** How much brighter than white matter lesions are on FLAIR: the scanner's contrast. */
  lesion: number;
  /** Half head length in half fields of view. */
  scale: readonly [number, number];
  ghost: number;
}

/** Four institutions of unequal size; their figures are set beside those of the real set's four. */
export const INSTITUTIONS: readonly Institution[] = [
  {
    name: "A",
    share: 0.15,
    slices: [20, 22],
    gains: [
      [55, 75],
      [58, 78],
      [50, 72],
    ],
    noise: [1.6, 2.6],
    bias: 0.16,
    fat: [2.2, 3],
    greyWhite: [0.8, 1.2],
    lesion: 1.05,
    scale: [0.86, 0.95],
    ghost: 0.015,
  },
  {
    name: "B",
    share: 0.4,
    slices: [32, 38],
    gains: [
      [32, 48],
      [33, 48],
      [30, 48],
    ],
    noise: [1.2, 2.2],
    bias: 0.1,
    fat: [2.2, 2.9],
    greyWhite: [0.9, 1.5],
    lesion: 0.8,
    scale: [0.74, 0.86],
    ghost: 0.004,
  },
  {
    name: "C",
    share: 0.12,
    slices: [26, 36],
    gains: [
      [30, 70],
      [24, 85],
      [45, 62],
    ],
    noise: [2, 4.5],
    bias: 0.3,
    fat: [1.8, 2.6],
    greyWhite: [0.7, 1.5],
    lesion: 0.9,
    scale: [0.72, 0.94],
    ghost: 0.03,
  },
  {
    name: "D",
    share: 0.33,
    slices: [20, 24],
    gains: [
      [55, 80],
      [44, 72],
      [50, 78],
    ],
    noise: [1.3, 2.4],
    bias: 0.2,
    fat: [2, 2.8],
    greyWhite: [0.8, 1.3],
    lesion: 1.3,
    scale: [0.78, 0.88],
    ghost: 0.01,
  },
];
