import type { Cancellable } from "@ddl/core";
import {
  ArgumentError,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  expectShape,
  expectString,
  ShapeError,
  StateError,
  throwIfAborted,
  toContiguous,
  toMask,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import type { AugmentationOptions } from "../augmentation/options.js";
import { resolveAugmentation } from "../augmentation/options.js";
import type { BatchPlan, RawBatch, Sampling, VolumeStore } from "./makeBatch.js";
import { makeBatch } from "./makeBatch.js";
import { samplingWeights } from "./sampling.js";
import { WorkerPool } from "./workerPool.js";

/** A volume to train on. */
export interface TrainingVolume {
  id: string;
  /** (slices, rows, columns, channels) */
  image: NdArray<Float32Array>;
  /** (slices, rows, columns), any non-zero value is inside */
  mask: NdArray<Uint8Array>;
}

/** What a training step takes. */
export interface Batch {
  /** (batch, rows, columns, channels) */
  images: NdArray<Float32Array>;
  /** (batch, rows, columns, 1), 0 and 1 */
  masks: NdArray<Float32Array>;
  /** `<volume>/<slice>` of each sample. */
  ids: string[];
}

/** Options of {@link createBatchSource}. */
export interface BatchSourceOptions {
  /** Worker threads that make batches ahead, 0 to 64. Default 0: batches are made where they are asked for. */
  workers?: number;
}

/** Options of an epoch of a {@link BatchSource}. */
export interface EpochOptions extends Cancellable {
  /** Slices in a batch, ≥ 1. */
  batchSize: number;
  /** An integer; default 0. */
  seed?: number;
  /** Batches in the epoch, ≥ 1. Default: all slices once, an incomplete last batch left out. */
  steps?: number;
  /** The first batch that is wanted, for going on inside an epoch. Default 0. */
  firstStep?: number;
  /**
   * `lesion-weighted` (default): a volume uniformly, then a slice by `samplingWeights`; `shuffle`: every slice once, in random order;
   * `sequential`: every slice once, in order.
   */
  sampling?: Sampling;
  /** Random changes of each slice, or false. Default: the published ones. */
  augmentation?: AugmentationOptions | false;
  /** Batches kept ready, ≥ 1. Default twice the number of workers; without workers none are. */
  prefetch?: number;
}

/**
 * Holds volumes, and makes batches of them epoch by epoch.
 *
 * A batch depends on the volumes, the seed, the epoch and its own number, and on nothing else: neither on the number of workers nor on
 * what was asked for before.
 */
export class BatchSource {
  readonly #volumes: VolumeStore[];
  readonly #workers: number;
  readonly #pool: WorkerPool | null;
  #closed = false;

  /** Use {@link createBatchSource}. */
  constructor(volumes: VolumeStore[], workers: number, pool: WorkerPool | null) {
    this.#volumes = volumes;
    this.#workers = workers;
    this.#pool = pool;
  }

  /** Number of slices of all volumes. */
  get sliceCount(): number {
    return this.#volumes.reduce((sum, { slices }) => sum + slices, 0);
  }

  /**
   * The batches of an epoch, in order.
   * @param epoch from 0
   * @throws RangeArgumentError, ArgumentError for options; while iterating the signal's reason, or StateError if a worker died
   */
  epoch(epoch: number, options: EpochOptions): AsyncIterable<Batch> {
    const name = "BatchSource.epoch";
    const known = [
      "batchSize",
      "seed",
      "steps",
      "firstStep",
      "sampling",
      "augmentation",
      "prefetch",
      "signal",
    ] as const;
    const {
      batchSize,
      seed = 0,
      firstStep = 0,
      sampling = "lesion-weighted",
      ...rest
    } = expectOptions(name, options, known);
    expectNumber(name, "epoch", epoch, { integer: true, min: 0 });
    expectNumber(name, "batchSize", batchSize, { integer: true, min: 1 });
    const { steps = Math.max(1, Math.floor(this.sliceCount / batchSize)), prefetch = 2 * this.#workers } = rest;
    expectNumber(name, "seed", seed, { integer: true });
    expectNumber(name, "steps", steps, { integer: true, min: 1 });
    expectNumber(name, "firstStep", firstStep, { integer: true, min: 0, max: steps });
    expectNumber(name, "prefetch", prefetch, { integer: true, min: this.#workers === 0 ? 0 : 1 });
    expectOneOf(name, "sampling", sampling, ["lesion-weighted", "shuffle", "sequential"]);
    const { augmentation = {}, signal } = rest;
    if (augmentation !== false) resolveAugmentation(name, augmentation);
    const plan = (index: number): BatchPlan => ({ seed, epoch, index, batchSize, sampling, augmentation });
    const plans = Array.from({ length: steps - firstStep }, (_, k) => plan(firstStep + k));
    return this.#iterate(plans, prefetch, signal);
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.close();
  }

  async *#iterate(
    plans: readonly BatchPlan[],
    prefetch: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Batch> {
    const ready: Promise<RawBatch>[] = [];
    let next = 0;
    for (let done = 0; done < plans.length; done++) {
      throwIfAborted(signal);
      if (this.#closed) throw new StateError("BatchSource: it is closed.");
      if (this.#pool === null) {
        yield this.#toBatch(makeBatch(this.#volumes, plans[done]!));
        continue;
      }
      while (next < plans.length && ready.length < prefetch) {
        const made = this.#pool.make(plans[next++]!);
        // A failure is thrown where the batch is awaited; until then it must not count as unhandled.
        made.catch(() => {});
        ready.push(made);
      }
      yield this.#toBatch(await unlessAborted(ready.shift()!, signal));
    }
  }

  #toBatch({ images, masks, ids }: RawBatch): Batch {
    const { rows, columns, channels } = this.#volumes[0]!;
    return {
      images: ndarray(images, [ids.length, rows, columns, channels]) as NdArray<Float32Array>,
      masks: ndarray(masks, [ids.length, rows, columns, 1]) as NdArray<Float32Array>,
      ids,
    };
  }
}

/**
 * A source of training batches from volumes in memory.
 *
 * With workers the volumes are kept in shared memory where the platform has it, and copied to each worker where not. Close the source
 * when training is over.
 *
 * @param volumes at least one; rows, columns and channels are those of the first
 * @throws ArgumentError without volumes or for a repeated id; ShapeError that names the volume that does not fit; RangeArgumentError
 *   for the number of workers
 * @example
 * ```ts
 * const source = await createBatchSource(volumes, { workers: 1 });
 * for await (const { images, masks } of source.epoch(0, { batchSize: 16, seed: 1 })) step(images, masks);
 * await source.close();
 * ```
 */
export async function createBatchSource(
  volumes: readonly TrainingVolume[],
  options: BatchSourceOptions = {},
): Promise<BatchSource> {
  const { workers = 0 } = expectOptions("createBatchSource", options, ["workers"]);
  expectNumber("createBatchSource", "workers", workers, { integer: true, min: 0, max: 64 });
  if (!Array.isArray(volumes) || volumes.length === 0) {
    const expected = "hold at least one volume";
    throw new ArgumentError({ functionName: "createBatchSource", argument: "volumes", expected, received: volumes });
  }
  for (const [k, { id }] of volumes.entries()) {
    expectString("createBatchSource", "id of a volume", id);
    if (volumes.findIndex((one) => one.id === id) < k) {
      const expected = "have different ids";
      throw new ArgumentError({ functionName: "createBatchSource", argument: "volumes", expected, received: id });
    }
  }
  const share = workers > 0 && typeof SharedArrayBuffer === "function";
  const stores = volumes.map((volume) => toStore(volume, volumes[0]!, share));
  return new BatchSource(stores, workers, workers === 0 ? null : await WorkerPool.start(workers, stores));
}

function toStore({ id, image, mask }: TrainingVolume, first: TrainingVolume, share: boolean): VolumeStore {
  const name = "createBatchSource";
  expectRank(name, `image of ${id}`, image, 4);
  expectShape(name, `image of ${id}`, image, [-1, ...first.image.shape.slice(1)], "slices, rows, columns, channels");
  expectShape(name, `mask of ${id}`, mask, image.shape.slice(0, 3));
  if (image.shape[0] === 0) {
    const expected = "have at least one slice";
    throw new ShapeError({ functionName: name, argument: `image of ${id}`, expected, received: image.shape });
  }
  const [slices, rows, columns, channels] = image.shape as [number, number, number, number];
  const weights = samplingWeights(mask);
  const pixels = toContiguous(image, Float32Array).data;
  const inside = toMask(mask).data;
  if (!share) return { id, slices, rows, columns, channels, image: pixels, mask: inside, weights };
  const shared = {
    image: new Float32Array(new SharedArrayBuffer(pixels.byteLength)),
    mask: new Uint8Array(new SharedArrayBuffer(inside.byteLength)),
  };
  shared.image.set(pixels);
  shared.mask.set(inside);
  return { id, slices, rows, columns, channels, ...shared, weights };
}

/** The promise, unless the signal is aborted first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  throwIfAborted(signal);
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
