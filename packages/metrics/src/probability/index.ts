export type { BrierScoreOptions } from "./brierScore.js";
export { brierScore } from "./brierScore.js";
export { expectedCalibrationError } from "./expectedCalibrationError.js";
export type { PrecisionRecallCurve, PrecisionRecallOptions } from "./precisionRecallCurve.js";
export { averagePrecision, precisionRecallCurve } from "./precisionRecallCurve.js";
export type { ReliabilityCurve, ReliabilityOptions } from "./reliabilityCurve.js";
export { reliabilityCurve } from "./reliabilityCurve.js";
export type { AreaUnderRocOptions, RocCurve, RocCurveOptions } from "./rocCurve.js";
export { areaUnderRoc, rocCurve } from "./rocCurve.js";
