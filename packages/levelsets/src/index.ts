export { chanVese, createChanVese } from "./chanVese/chanVese.js";
export type {
  ChanVeseOptions,
  ChanVeseProgress,
  ChanVeseResult,
  ChanVeseSolver,
  ChanVeseSolverOptions,
  ChanVeseState,
} from "./chanVese/options.js";
export * from "./drlse/index.js";
export type { DiskLevelSetOptions } from "./initialLevelSets.js";
export { checkerboardLevelSet, diskLevelSet } from "./initialLevelSets.js";
export * from "./segmentation/index.js";
export type { LevelSetSolver } from "./solver.js";
