export { checkerboardSet, diskSet } from "./initialSets.js";
export { morphologicalChanVese } from "./morphologicalChanVese/morphologicalChanVese.js";
export type {
  MorphologicalChanVeseOptions,
  MorphologicalChanVeseProgress,
  MorphologicalChanVeseResult,
} from "./morphologicalChanVese/options.js";
