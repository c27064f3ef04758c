export type { ClassCounts, ConfusionMatrix, ConfusionMatrixOptions } from "./confusionMatrix.js";
export { classCounts, confusionMatrix } from "./confusionMatrix.js";
export { diceScore } from "./diceScore.js";
export { jaccardIndex } from "./jaccardIndex.js";
export { precision } from "./precision.js";
export { recall } from "./recall.js";
export type { OverlapScore, ScoreOptions } from "./score.js";
