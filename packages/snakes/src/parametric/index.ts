export { activeContour, createActiveContour } from "./activeContour.js";
export type { GradientVectorFlowOptions } from "./gradientVectorFlow.js";
export { gradientVectorFlow } from "./gradientVectorFlow.js";
export type {
  ActiveContourOptions,
  ActiveContourProgress,
  ActiveContourResult,
  ActiveContourSettings,
  ActiveContourSolver,
  ActiveContourStart,
  BoundaryCondition,
} from "./options.js";
