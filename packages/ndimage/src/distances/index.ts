export type { DistancesAndIndices, DistanceTransformOptions } from "./distanceTransformEdt.js";
export { distanceTransformEdt } from "./distanceTransformEdt.js";
export type { SignedDistanceOptions } from "./signedDistance.js";
export { signedDistance } from "./signedDistance.js";
