export type { StoredTensor } from "@ddl/backbones/weights";
export type { AdamOptions } from "./adamOptions.js";
export { adamW } from "./adamW.js";
export { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
export type { FitOptions, FitResult, TrainingBatch, TrainingProgress } from "./fit.js";
export { fit } from "./fit.js";
export type { PredictVolumeOptions } from "./predictVolume.js";
export { predictVolume } from "./predictVolume.js";
export type { BestEpoch, EpochRecord, TrainingState } from "./trainingState.js";
