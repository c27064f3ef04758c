export type { ActiveContourElasticaLossOptions } from "./activeContourElasticaLoss.js";
export { activeContourElasticaLoss } from "./activeContourElasticaLoss.js";
export type { ActiveContourLossOptions } from "./activeContourLoss.js";
export { activeContourLoss } from "./activeContourLoss.js";
export type { LevelSetLossOptions } from "./levelSetLoss.js";
export { levelSetLoss } from "./levelSetLoss.js";
export type { MumfordShahLossOptions } from "./mumfordShahLoss.js";
export { mumfordShahLoss } from "./mumfordShahLoss.js";
