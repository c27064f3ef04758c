export type { GeodesicActiveContourOptions, GeodesicActiveContourResult } from "./geodesicActiveContour.js";
export { geodesicActiveContour } from "./geodesicActiveContour.js";
