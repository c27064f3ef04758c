export type { BatchNormTraining, BatchNormTrainingOptions } from "./batchNormTraining.js";
export { batchNormTraining } from "./batchNormTraining.js";
export type { GroupedConv2dOptions } from "./groupedConv2d.js";
export { groupedConv2d } from "./groupedConv2d.js";
export type { GroupNormOptions } from "./groupNorm.js";
export { groupNorm } from "./groupNorm.js";
export type { InstanceNormOptions } from "./instanceNorm.js";
export { instanceNorm } from "./instanceNorm.js";
