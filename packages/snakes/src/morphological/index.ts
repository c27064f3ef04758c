export type { InverseGaussianGradientOptions } from "./edgeSettings.js";
export { inverseGaussianGradient } from "./inverseGaussianGradient.js";
export type {
  MorphologicalChanVeseOptions,
  MorphologicalChanVeseSettings,
  MorphologicalChanVeseStart,
} from "./morphologicalChanVese.js";
export { createMorphologicalChanVese, morphologicalChanVese } from "./morphologicalChanVese.js";
export type {
  MorphologicalGeodesicActiveContourOptions,
  MorphologicalGeodesicActiveContourSettings,
  MorphologicalGeodesicActiveContourStart,
} from "./morphologicalGeodesicActiveContour.js";
export {
  createMorphologicalGeodesicActiveContour,
  morphologicalGeodesicActiveContour,
} from "./morphologicalGeodesicActiveContour.js";
export type {
  MorphologicalProgress,
  MorphologicalResult,
  MorphologicalRun,
  MorphologicalSolver,
  MorphologicalStart,
} from "./options.js";
