import { Random } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { augment } from "../augmentation/augment.js";
import type { AugmentationOptions } from "../augmentation/options.js";

/** The numbers of all training volumes as workers see them: plain, and shared where the platform allows it. */
export interface VolumeStore {
  id: string;
  slices: number;
  rows: number;
  columns: number;
  channels: number;
  /** (slices, rows, columns, channels) in C order. */
  image: Float32Array;
  /** (slices, rows, columns) in C order. */
  mask: Uint8Array;
  /** Probability of each slice under lesion-weighted sampling. */
  weights: Float64Array;
}

/** How slices are chosen. */
export type Sampling = "lesion-weighted" | "shuffle" | "sequential";

/** All that a batch depends on, beside the volumes. */
export interface BatchPlan {
  seed: number;
  epoch: number;
  /** Number of the batch in its epoch, from 0. */
  index: number;
  batchSize: number;
  sampling: Sampling;
  augmentation: AugmentationOptions | false;
}

/** The numbers of a batch. */
export interface RawBatch {
  images: Float32Array;
  masks: Float32Array;
  ids: string[];
}

/** Makes one batch; the same volumes and plan give the same bytes wherever it runs. */
export function makeBatch(volumes: readonly VolumeStore[], plan: BatchPlan): RawBatch {
  const { rows, columns, channels } = volumes[0]!;
  const random = Random.fromSeed(plan.seed).fork("batches").fork(plan.epoch);
  const chosen = chooseSlices(volumes, plan, random);
  const images = new Float32Array(chosen.length * rows * columns * channels);
  const masks = new Float32Array(chosen.length * rows * columns);
  for (const [k, { volume, slice }] of chosen.entries()) {
    const sample = sliceOf(volume, slice);
    const stream = random.fork(plan.index).fork(k);
    const { image, mask } = plan.augmentation === false ? sample : augment(sample, plan.augmentation, stream);
    images.set(image.data, k * rows * columns * channels);
    for (let i = 0; i < mask.data.length; i++) masks[k * rows * columns + i] = mask.data[i] === 0 ? 0 : 1;
  }
  return { images, masks, ids: chosen.map(({ volume, slice }) => `${volume.id}/${slice}`) };
}

interface Chosen {
  volume: VolumeStore;
  slice: number;
}

function chooseSlices(
  volumes: readonly VolumeStore[],
  { index, batchSize, sampling }: BatchPlan,
  random: Random,
): Chosen[] {
  if (sampling === "lesion-weighted") {
    const draws = random.fork("draws").fork(index);
    return Array.from({ length: batchSize }, () => {
      const volume = volumes[draws.integer(volumes.length)]!;
      return { volume, slice: draws.weightedIndex(volume.weights) };
    });
  }
  const all = volumes.flatMap((volume) => Array.from({ length: volume.slices }, (_, slice) => ({ volume, slice })));
  const order = sampling === "shuffle" ? random.fork("order").shuffle(all) : all;
  // More batches than slices go round again.
  const count = Math.min(batchSize, order.length);
  return Array.from({ length: count }, (_, k) => order[(index * batchSize + k) % order.length]!);
}

function sliceOf(volume: VolumeStore, slice: number): { image: NdArray<Float32Array>; mask: NdArray<Uint8Array> } {
  const { rows, columns, channels } = volume;
  const size = rows * columns;
  const image = volume.image.subarray(slice * size * channels, (slice + 1) * size * channels);
  const mask = volume.mask.subarray(slice * size, (slice + 1) * size);
  return {
    image: ndarray(image, [rows, columns, channels]) as NdArray<Float32Array>,
    mask: ndarray(mask, [rows, columns]) as NdArray<Uint8Array>,
  };
}
