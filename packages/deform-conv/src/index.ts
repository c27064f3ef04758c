export type { MmcvOptions, MmcvResult, MmcvTensors, OnnxAttributes, OnnxCall, TorchTensors } from "./convert/index.js";
export { fromMmcv, fromOnnx, fromTorch } from "./convert/index.js";
export type { DeformConv2dOptions } from "./deformConv2d/index.js";
export { deformConv2d } from "./deformConv2d/index.js";
export type { Padding } from "./input/slidingWindow.js";
