export type { ConfusionMatrix } from "./confusionMatrix.js";
export { confusionMatrix } from "./confusionMatrix.js";
export type { EmptyPolicy, EmptyValue, ScoreOptions } from "./emptyPolicy.js";
export type { HausdorffDistanceOptions } from "./hausdorffDistance.js";
export { hausdorffDistance } from "./hausdorffDistance.js";
export { diceScore, jaccardIndex, precision, recall } from "./overlap.js";
export type { Summary } from "./summarize.js";
export { summarize } from "./summarize.js";
