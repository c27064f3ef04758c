export type { BorderMode } from "./border.js";
export { gaussianFilter } from "./gaussianFilter.js";
export type { GaussianGradientMagnitudeOptions } from "./gaussianGradientMagnitude.js";
export { gaussianGradientMagnitude } from "./gaussianGradientMagnitude.js";
export type { GaussianFilterOptions } from "./gaussianSettings.js";
export type { GradientOptions } from "./gradient.js";
export { gradient } from "./gradient.js";
export type { SobelOptions } from "./sobel.js";
export { sobel } from "./sobel.js";
