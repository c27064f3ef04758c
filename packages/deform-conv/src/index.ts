export type {
  DcnV3Tensors,
  FromDcnV3Options,
  MmcvOptions,
  MmcvResult,
  MmcvTensors,
  OnnxAttributes,
  OnnxCall,
  TorchTensors,
} from "./convert/index.js";
export { fromDcnV3, fromMmcv, fromOnnx, fromTorch } from "./convert/index.js";
export type { DcnV3Options } from "./dcnV3/index.js";
export { dcnV3 } from "./dcnV3/index.js";
export type { DcnV4Options } from "./dcnV4/index.js";
export { dcnV4 } from "./dcnV4/index.js";
export type { DeformAttentionOptions } from "./deformAttention/index.js";
export { deformAttention } from "./deformAttention/index.js";
export type { DeformConv2dOptions } from "./deformConv2d/index.js";
export { deformConv2d } from "./deformConv2d/index.js";
export type { DeformConv2dTransposeOptions } from "./deformConv2dTranspose/index.js";
export { deformConv2dTranspose } from "./deformConv2dTranspose/index.js";
export type { DeformConv3dOptions } from "./deformConv3d/index.js";
export { deformConv3d } from "./deformConv3d/index.js";
export type { VolumePadding } from "./deformConv3d/window.js";
export type { DeformConvSupport, Implementation } from "./deformConvSupport.js";
export { deformConvSupport } from "./deformConvSupport.js";
export type { DeformPool2dOptions } from "./deformPool2d/index.js";
export { deformPool2d } from "./deformPool2d/index.js";
export type { DeformPsRoiPoolOptions } from "./deformPsRoiPool/index.js";
export { deformPsRoiPool } from "./deformPsRoiPool/index.js";
export type { DeformRoiPoolOptions } from "./deformRoiPool/index.js";
export { deformRoiPool } from "./deformRoiPool/index.js";
export type { Padding } from "./input/slidingWindow.js";
export type { ModulatedDeformRoiPoolOptions } from "./modulatedDeformRoiPool/index.js";
export { modulatedDeformRoiPool } from "./modulatedDeformRoiPool/index.js";
export type { PsRoiAlignOptions } from "./psRoiAlign/index.js";
export { psRoiAlign } from "./psRoiAlign/index.js";
export type { PsRoiPoolOptions } from "./psRoiPool/index.js";
export { psRoiPool } from "./psRoiPool/index.js";
export type { RoiOptions, SamplingOptions } from "./roi/options.js";
export type { RoiAlignOptions } from "./roiAlign/index.js";
export { roiAlign } from "./roiAlign/index.js";
export type { RoiPoolOptions } from "./roiPool/index.js";
export { roiPool } from "./roiPool/index.js";
