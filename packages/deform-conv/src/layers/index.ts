export { DeformConv2D } from "./deformConv2D.js";
export type { DeformConv2DArgs } from "./deformConv2DArgs.js";
export { samplePoints } from "./samplePoints.js";
