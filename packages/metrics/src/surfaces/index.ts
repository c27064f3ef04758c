export type { HausdorffDistanceOptions } from "./hausdorffDistance.js";
export { hausdorffDistance } from "./hausdorffDistance.js";
