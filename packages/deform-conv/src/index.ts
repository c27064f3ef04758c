export type { DeformConv2dOptions } from "./deformConv2d/index.js";
export { deformConv2d } from "./deformConv2d/index.js";
export type { Padding } from "./input/slidingWindow.js";
