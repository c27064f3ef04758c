export type { AffineOptions } from "./affine.js";
export { affine } from "./affine.js";
export type { ExtensionMode } from "./extendCoordinate.js";
export { polygonToMask } from "./polygonToMask.js";
export type { ResamplingOptions } from "./resample.js";
export type { ResizeOptions } from "./resize.js";
export { resize } from "./resize.js";
export type { RotateOptions } from "./rotate.js";
export { rotate } from "./rotate.js";
