export type { CurvatureOptions } from "./curvature.js";
export { curvature } from "./curvature.js";
export type { EdgeIndicatorOptions } from "./edgeIndicator.js";
export { edgeIndicator } from "./edgeIndicator.js";
export type { EllipsoidLevelSetOptions } from "./ellipsoidLevelSet.js";
export { ellipsoidLevelSet } from "./ellipsoidLevelSet.js";
export { fromInsideNegative, toInsideNegative } from "./signConvention.js";
