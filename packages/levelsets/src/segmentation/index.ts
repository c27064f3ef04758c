export type {
  GeodesicActiveContourOptions,
  GeodesicActiveContourParameters,
  GeodesicActiveContourSolverOptions,
} from "./geodesicActiveContour.js";
export { createGeodesicActiveContour, geodesicActiveContour } from "./geodesicActiveContour.js";
export type {
  FrontLoopOptions,
  FrontParameters,
  FrontProgress,
  FrontResult,
  FrontSettings,
  FrontSolver,
  FrontSolverState,
} from "./options.js";
export type { ShapeDetectionOptions, ShapeDetectionSolverOptions } from "./shapeDetection.js";
export { createShapeDetection, shapeDetection } from "./shapeDetection.js";
export type {
  ThresholdLevelSetOptions,
  ThresholdLevelSetParameters,
  ThresholdLevelSetSolverOptions,
} from "./thresholdLevelSet.js";
export { createThresholdLevelSet, thresholdLevelSet } from "./thresholdLevelSet.js";
