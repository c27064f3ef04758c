export type { GroupNormOptions } from "./groupNorm.js";
export { groupNorm } from "./groupNorm.js";
export type { InstanceNormOptions } from "./instanceNorm.js";
export { instanceNorm } from "./instanceNorm.js";
