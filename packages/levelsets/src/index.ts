export { chanVese } from "./chanVese/chanVese.js";
export { createChanVese } from "./chanVese/createChanVese.js";
export type {
  ChanVeseOptions,
  ChanVeseParameters,
  ChanVeseProgress,
  ChanVeseResult,
  ChanVeseSetting,
  ChanVeseSolver,
  ChanVeseSolverOptions,
  ChanVeseState,
  ChanVeseValues,
} from "./chanVese/options.js";
export * from "./convex/index.js";
export * from "./distance/index.js";
export * from "./drlse/index.js";
export * from "./fields/index.js";
export type { DiskLevelSetOptions } from "./initialLevelSets.js";
export { checkerboardLevelSet, diskLevelSet } from "./initialLevelSets.js";
export * from "./localFitting/index.js";
export * from "./multiphase/index.js";
export type { LevelSetLoopOptions, LevelSetProgress } from "./runSolver.js";
export * from "./segmentation/index.js";
export type { LevelSetSolver, LevelSetState } from "./solver.js";
