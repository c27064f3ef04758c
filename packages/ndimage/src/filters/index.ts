export type { BorderMode } from "./border.js";
export type { GaussianFilterOptions } from "./gaussianFilter.js";
export { gaussianFilter } from "./gaussianFilter.js";
export type { GaussianGradientMagnitudeOptions } from "./gaussianGradientMagnitude.js";
export { gaussianGradientMagnitude } from "./gaussianGradientMagnitude.js";
export type { GradientOptions } from "./gradient.js";
export { gradient } from "./gradient.js";
export type { SobelOptions } from "./sobel.js";
export { sobel } from "./sobel.js";
