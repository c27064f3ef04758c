export type { AugmentationSample } from "./augmentation/augment.js";
export { augment } from "./augmentation/augment.js";
export type { AugmentationOptions, ElasticOptions, IntensityOptions } from "./augmentation/options.js";
export type { Batch, BatchSource, BatchSourceOptions, EpochOptions, TrainingVolume } from "./batches/batchSource.js";
export { createBatchSource } from "./batches/batchSource.js";
export type { Sampling } from "./batches/makeBatch.js";
export { samplingWeights } from "./batches/sampling.js";
export type {
  ClinicalRecord,
  Patient,
  SegmentationDataset,
  SkippedSlice,
  Slice,
  Volume,
} from "./dataset.js";
export type { PhantomOptions } from "./phantom/phantom.js";
export { phantomLgg } from "./phantom/phantom.js";
export type { Box, CropOptions } from "./preprocess/cropToBrain.js";
export { cropToBrain } from "./preprocess/cropToBrain.js";
export type { RescaleOptions, ZScoreOptions } from "./preprocess/intensity.js";
export { rescalePercentiles, zScore } from "./preprocess/intensity.js";
export type { Padding } from "./preprocess/padToSquare.js";
export { padToSquare } from "./preprocess/padToSquare.js";
export type { PreprocessedVolume, PreprocessOptions, VolumeGeometry } from "./preprocess/preprocess.js";
export { preprocess, restoreMask } from "./preprocess/preprocess.js";
export type { FoldOptions, PatientSplit, SplitOptions, SplitPatient } from "./split/splitByPatient.js";
export { kFoldByPatient, splitByPatient } from "./split/splitByPatient.js";
export type { LeakySplitOptions, SliceReference } from "./split/splitBySliceLeaky.js";
export { splitBySliceLeaky } from "./split/splitBySliceLeaky.js";
