export * from "./clickToSegment/index.js";
export { checkerboardSet, diskSet } from "./initialSets.js";
export * from "./morphological/index.js";
export * from "./parametric/index.js";
