export type { DcnV3Tensors, FromDcnV3Options } from "./fromDcnV3.js";
export { fromDcnV3 } from "./fromDcnV3.js";
export type { MmcvOptions, MmcvResult, MmcvTensors } from "./fromMmcv.js";
export { fromMmcv } from "./fromMmcv.js";
export type { OnnxAttributes, OnnxCall } from "./fromOnnx.js";
export { fromOnnx } from "./fromOnnx.js";
export type { TorchTensors } from "./fromTorch.js";
export { fromTorch } from "./fromTorch.js";
