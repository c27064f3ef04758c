export { DeformConv2D } from "./deformConv2D.js";
export type { DeformConv2DArgs } from "./deformConv2DArgs.js";
export type { DeformConv2DTransposeArgs } from "./deformConv2DTranspose.js";
export { DeformConv2DTranspose } from "./deformConv2DTranspose.js";
export type { DeformPooling2DArgs } from "./deformPooling2D.js";
export { DeformPooling2D } from "./deformPooling2D.js";
export { DeformRoiPooling } from "./deformRoiPooling.js";
export type { DeformRoiPoolingArgs } from "./deformRoiPoolingArgs.js";
export { samplePoints } from "./samplePoints.js";
