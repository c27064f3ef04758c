export type { DeepSupervision, HeadWeights, LossFunction } from "./deepSupervision.js";
export { deepSupervision, headWeights } from "./deepSupervision.js";
export { resizeTargets } from "./resizeTargets.js";
export type { Schedule, ScheduleOptions } from "./schedule.js";
export { schedule } from "./schedule.js";
export type { ScheduledLoss } from "./scheduled.js";
export { scheduled } from "./scheduled.js";
