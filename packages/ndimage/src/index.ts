export * from "./distances/index.js";
export * from "./filters/index.js";
export * from "./geometry/index.js";
export * from "./intensity/index.js";
export * from "./morphology/index.js";
export * from "./segmentation/index.js";
