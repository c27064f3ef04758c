export type { SimdGaussianFilterOptions } from "./simdGaussianFilter.js";
export { simdGaussianFilter } from "./simdGaussianFilter.js";
export type { SimdGaussianGradientMagnitudeOptions } from "./simdGaussianGradientMagnitude.js";
export { simdGaussianGradientMagnitude } from "./simdGaussianGradientMagnitude.js";
