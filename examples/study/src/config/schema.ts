import * as v from "valibot";
import { lossNames } from "../losses.js";
import { metricNames } from "../metrics.js";

/** An object without other keys than these; a stray key's message lists the known ones. */
function strict<T extends v.ObjectEntries>(entries: T) {
  return v.strictObject(entries, (issue) => {
    const known = Object.keys(entries).join(", ");
    if (issue.expected === "never") return `must be one of the known keys ${known}`;
    return issue.received === "undefined" ? "must be given" : `must be an object with the keys ${known}`;
  });
}

const count = v.pipe(v.number(), v.safeInteger("must be an integer"), v.minValue(1));
const integer = v.pipe(v.number(), v.safeInteger("must be an integer"));
const seed = v.pipe(v.number(), v.safeInteger("must be an integer"), v.minValue(0));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const name = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be letters, digits, dots, dashes or underscores"),
);

const dataset = v.variant("kind", [
  strict({
    kind: v.literal("phantom"),
    patients: v.optional(count, 24),
    seed: v.optional(seed, 1),
    size: v.optional(count, 128),
  }),
  strict({
    kind: v.literal("lgg"),
    root: v.pipe(v.string(), v.minLength(1)),
    onBadSlice: v.optional(v.picklist(["error", "skip"]), "error"),
  }),
]);

const preprocessing = strict({
  /** Edge of the square slices that the methods see, in pixels. */
  size: v.optional(count, 128),
  crop: v.optional(v.boolean(), true),
});

const split = v.variant("kind", [
  strict({
    kind: v.literal("holdout"),
    validation: v.optional(fraction, 0.15),
    test: v.optional(fraction, 0.25),
    seed: v.optional(seed, 1),
    stratify: v.optional(v.boolean(), true),
  }),
  strict({
    kind: v.literal("folds"),
    folds: v.pipe(v.number(), v.safeInteger("must be an integer"), v.minValue(2)),
    validation: v.optional(fraction, 0.1),
    seed: v.optional(seed, 1),
    stratify: v.optional(v.boolean(), true),
  }),
]);

const largestComponent = v.optional(v.boolean(), false);

const threshold = strict({ name: v.literal("threshold"), largestComponent });

const chanVese = strict({
  name: v.literal("chan-vese"),
  mu: v.optional(nonNegative, 0.1),
  lambda1: v.optional(positive, 1),
  lambda2: v.optional(positive, 1),
  tolerance: v.optional(nonNegative, 1e-3),
  maxIterations: v.optional(count, 100),
  dt: v.optional(positive, 0.5),
  largestComponent,
});

const morphologicalChanVese = strict({
  name: v.literal("morphological-chan-vese"),
  iterations: v.optional(count, 30),
  smoothing: v.optional(v.pipe(integer, v.minValue(0)), 1),
  lambda1: v.optional(positive, 1),
  lambda2: v.optional(positive, 1),
  largestComponent,
});

/** `false`, or what it is otherwise. */
function off<T extends v.GenericSchema>(schema: T) {
  return v.union([v.literal(false), schema]);
}

/** What `augment` of `@ddl/datasets` takes. */
const augmentation = strict({
  scale: v.optional(nonNegative, 0.05),
  rotation: v.optional(nonNegative, 15),
  flip: v.optional(fraction, 0.5),
  elastic: v.optional(off(strict({ alpha: nonNegative, sigma: positive })), false),
  intensity: v.optional(
    off(strict({ gain: v.optional(nonNegative, 0.1), offset: v.optional(nonNegative, 0.1) })),
    false,
  ),
  modalityDropout: v.optional(
    off(
      strict({
        probability: v.optional(fraction, 0.2),
        replacement: v.optional(v.union([v.literal("zero"), v.pipe(integer, v.minValue(0))]), "zero"),
      }),
    ),
    false,
  ),
});

/** How a network is trained. */
const training = {
  epochs: count,
  batchSize: v.optional(count, 16),
  learningRate: v.optional(positive, 1e-3),
  stepsPerEpoch: v.optional(count),
  /** `cosine` lets the rate fall to 0 with the last step. */
  schedule: v.optional(v.picklist(["constant", "cosine"]), "constant"),
  /** Decay of an exponential average of the weights, which is what is validated and tested. Default none. */
  movingAverage: v.optional(v.pipe(v.number(), v.minValue(0), v.ltValue(1))),
  augmentation: v.optional(off(augmentation), {}),
  workers: v.optional(v.pipe(integer, v.minValue(0), v.maxValue(64)), 1),
  largestComponent,
};

const unet = strict({
  name: v.literal("unet"),
  /** Not heeded with an encoder, which has five levels. */
  depth: v.optional(count, 4),
  baseFilters: v.optional(count, 16),
  encoder: v.optional(v.picklist(["resnet18", "resnet34", "resnet50"])),
  ...training,
});

const transResUnet = strict({
  name: v.literal("trans-res-unet"),
  baseFilters: v.optional(v.pipe(count, v.multipleOf(2)), 64),
  ...training,
});

const deformableUnet = strict({
  name: v.literal("deformable-unet"),
  depth: v.optional(count, 4),
  baseFilters: v.optional(count, 16),
  encoder: v.optional(v.picklist(["deformable", "plain"]), "deformable"),
  decoder: v.optional(v.picklist(["deformableTranspose", "transpose"]), "deformableTranspose"),
  pooling: v.optional(v.picklist(["deformable", "deformableWeighted", "average", "max"]), "deformable"),
  modulated: v.optional(v.boolean(), false),
  /** From 1, the full resolution, to depth + 1. Default all. */
  deformableLevels: v.optional(v.array(count)),
  ...training,
});

const method = v.variant("name", [threshold, chanVese, morphologicalChanVese, unet, transResUnet, deformableUnet]);

const some = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.minLength(1));

/** The whole study, as its file says it. */
export const studySchema = strict({
  name,
  title: v.optional(v.string(), ""),
  dataset,
  preprocessing: v.optional(preprocessing, {}),
  split,
  methods: some(method),
  /** Each trainable method is trained once with each of these. */
  losses: v.optional(some(v.picklist(lossNames)), ["bce", "dice"]),
  /** Each trainable method is trained once with each of these. */
  seeds: v.optional(some(seed), [1]),
  metrics: v.optional(some(v.picklist(metricNames)), [...metricNames]),
});

/** A study with every default filled in. */
export type StudyConfig = v.InferOutput<typeof studySchema>;
export type DatasetConfig = StudyConfig["dataset"];
export type PreprocessingConfig = StudyConfig["preprocessing"];
export type SplitConfig = StudyConfig["split"];
export type MethodConfig = StudyConfig["methods"][number];
export type ThresholdConfig = Extract<MethodConfig, { name: "threshold" }>;
export type ChanVeseConfig = Extract<MethodConfig, { name: "chan-vese" }>;
export type MorphologicalChanVeseConfig = Extract<MethodConfig, { name: "morphological-chan-vese" }>;
/** The methods that are trained. */
export type NetworkConfig = Extract<MethodConfig, { epochs: number }>;
