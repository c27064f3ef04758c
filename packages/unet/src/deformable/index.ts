export type { ClampedDeformConv2DArgs } from "./clampedDeformConv2D.js";
export { ClampedDeformConv2D } from "./clampedDeformConv2D.js";
export { deformableUnet } from "./deformableUnet.js";
export type { DeformableUnetOptions } from "./deformableUnetOptions.js";
export type { DuNetOptions } from "./duNet.js";
export { duNet } from "./duNet.js";
