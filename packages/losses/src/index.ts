export * from "./boundary/index.js";
export * from "./compound/index.js";
export * from "./deformable/index.js";
export * from "./distribution/index.js";
export type { Over, Reduction, ReductionOptions, RegionOptions, TargetOptions } from "./input/lossOptions.js";
export type { Activation, ProbabilityOptions } from "./input/probability.js";
export * from "./region/index.js";
export * from "./schedule/index.js";
