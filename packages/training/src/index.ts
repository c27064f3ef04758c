export type { StoredTensor } from "@ddl/backbones/weights";
export type { BackendTrial, PickBackendOptions, PickedBackend } from "./backend/pickBackend.js";
export { pickBackend } from "./backend/pickBackend.js";
export type {
  CheckpointStore,
  FitResult,
  NonFiniteBatch,
  TakeState,
  TrainingCallback,
  TrainingProgress,
  TrainingStart,
} from "./callbacks.js";
export { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
export { fit } from "./fit.js";
export type { FitOptions } from "./fitOptions.js";
export type { GradientClipping } from "./gradients.js";
export { browserProgress } from "./logs/browserProgress.js";
export type { ProgressReport, TrackProgressOptions } from "./logs/trackProgress.js";
export { trackProgress } from "./logs/trackProgress.js";
export type { AdamOptimizerOptions } from "./optimizers/adam.js";
export type { AdamOptions } from "./optimizers/adamOptions.js";
export { adamW } from "./optimizers/adamW.js";
export type { OptimizerOptions } from "./optimizers/createOptimizer.js";
export { createOptimizer } from "./optimizers/createOptimizer.js";
export type { TrainingOptimizer, WeightUpdate } from "./optimizers/optimizer.js";
export type { ParameterGroup } from "./optimizers/parameterGroups.js";
export type { SgdOptimizerOptions } from "./optimizers/sgd.js";
export type { PredictVolumeOptions } from "./predictVolume.js";
export { predictVolume } from "./predictVolume.js";
export type { CurveOptions, OneCycleOptions, ScheduleContext, ScheduleOptions } from "./schedules/createSchedule.js";
export { createSchedule } from "./schedules/createSchedule.js";
export type { PlateauOptions } from "./schedules/plateau.js";
export type { LearningRateSchedule } from "./schedules/schedule.js";
export type { EpochRequest, TrainingBatch, TrainingData } from "./trainingData.js";
export type {
  BestEpoch,
  EpochRecord,
  OptimizerState,
  RunningEpoch,
  RunningSum,
  ScheduleState,
  TrainingPosition,
  TrainingState,
  TrainingTensors,
} from "./trainingState.js";
export type { ModelOutput } from "./trainingStep.js";
