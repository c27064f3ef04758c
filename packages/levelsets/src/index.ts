export { chanVese } from "./chanVese/chanVese.js";
export type { ChanVeseOptions, ChanVeseProgress, ChanVeseResult } from "./chanVese/options.js";
export type { DiskLevelSetOptions } from "./initialLevelSets.js";
export { checkerboardLevelSet, diskLevelSet } from "./initialLevelSets.js";
