export type { MmcvOptions, MmcvResult, MmcvTensors, OnnxAttributes, OnnxCall, TorchTensors } from "./convert/index.js";
export { fromMmcv, fromOnnx, fromTorch } from "./convert/index.js";
export type { DeformConv2dOptions } from "./deformConv2d/index.js";
export { deformConv2d } from "./deformConv2d/index.js";
export type { Padding } from "./input/slidingWindow.js";
export type { RoiOptions, SamplingOptions } from "./roi/options.js";
export type { RoiAlignOptions } from "./roiAlign/index.js";
export { roiAlign } from "./roiAlign/index.js";
