export type { IntensityRangeName } from "./intensityRanges.js";
export type { OtsuOptions } from "./otsu.js";
export { otsu } from "./otsu.js";
export { percentile } from "./percentile.js";
export type { IntensityRange, RescaledStorage, RescaleIntensityOptions } from "./rescaleIntensity.js";
export { rescaleIntensity } from "./rescaleIntensity.js";
