export type { FindContoursOptions } from "./contours/findContours.js";
export { findContours } from "./contours/findContours.js";
export type { ConnectivityOptions, Labels } from "./labels/label.js";
export { label, largestComponent } from "./labels/label.js";
export type { RandomWalkerOptions, RandomWalkerProgress, RandomWalkerResult } from "./randomWalker/options.js";
export { randomWalker } from "./randomWalker/randomWalker.js";
export type { WatershedOptions, WatershedProgress } from "./watershed/watershed.js";
export { watershed } from "./watershed/watershed.js";
