import { zeros } from "@ddl/core";
import type { BatchSourceOptions, EpochOptions, TrainingVolume } from "@ddl/datasets";
import { createBatchSource } from "@ddl/datasets";
import { describe, expect, test } from "vitest";
import { channels, collect, columns, rows, volume, volumes } from "./batchesFixture.js";

describe("an epoch that is stopped", () => {
  test("by its signal: nothing more comes, and the reason is thrown", async () => {
    const source = await createBatchSource(volumes);
    const controller = new AbortController();
    const reason = new Error("enough");
    let count = 0;
    const run = async (): Promise<void> => {
      for await (const batch of source.epoch(0, { batchSize: 1, signal: controller.signal })) {
        expect(batch.ids).toHaveLength(1);
        if (++count === 3) controller.abort(reason);
      }
    };
    await expect(run()).rejects.toBe(reason);
    expect(count).toBe(3);
    await expect(collect(source.epoch(0, { batchSize: 1, signal: controller.signal }))).rejects.toBe(reason);
    expect(await collect(source.epoch(0, { batchSize: 5 }))).toHaveLength(2);
  });

  test("by closing the source: it has no batches any more", async () => {
    const source = await createBatchSource(volumes);
    const iterator = source.epoch(0, { batchSize: 2 })[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    await source.close();
    await source.close();
    const closed = expect.objectContaining({ code: "state", message: "BatchSource: it is closed." });
    await expect(iterator.next()).rejects.toThrow(closed);
    await expect(collect(source.epoch(0, { batchSize: 2 }))).rejects.toThrow(closed);
  });
});

describe("bad input is named", () => {
  test.each<[volumes: unknown, options: object, message: string]>([
    [[], {}, "createBatchSource: volumes must hold at least one volume; received []."],
    [volumes[0], {}, "createBatchSource: volumes must hold at least one volume; received { id, image, mask }."],
    [volumes, { workers: -1 }, "createBatchSource: workers must be an integer ≥ 0 and ≤ 64; received -1."],
    [volumes, { threads: 1 }, 'createBatchSource: options must have only the keys workers; received "threads".'],
    [
      [...volumes, { ...volume(7, 2), image: zeros(Float32Array, [2, columns, rows, channels]) }],
      {},
      "createBatchSource: image of volume 7 must have shape [any, 4, 6, 2] (slices, rows, columns, channels); received [2, 6, 4, 2].",
    ],
    [
      [{ ...volume(7, 2), image: zeros(Float32Array, [2, 4, 6]) }],
      {},
      "createBatchSource: image of volume 7 must have 4 dimensions; received [2, 4, 6].",
    ],
    [
      [{ ...volume(7, 2), mask: zeros(Uint8Array, [3, 4, 6]) }],
      {},
      "createBatchSource: mask of volume 7 must have shape [2, 4, 6]; received [3, 4, 6].",
    ],
    [
      [volumes[0], { ...volume(7, 2), id: "volume 1" }],
      {},
      'createBatchSource: volumes must have different ids; received "volume 1".',
    ],
    [
      [volumes[0], { ...volume(7, 0), id: "empty" }],
      {},
      "createBatchSource: image of empty must have at least one slice; received [0, 4, 6, 2].",
    ],
    [
      [{ ...volume(7, 2), id: undefined }],
      {},
      "createBatchSource: id of a volume must be a non-empty string; received undefined.",
    ],
  ])("createBatchSource %#", async (list, options, message) => {
    const call = createBatchSource(list as TrainingVolume[], options as BatchSourceOptions);
    await expect(call).rejects.toThrow(expect.objectContaining({ message }));
  });

  test.each<[epoch: number, options: object, message: string]>([
    [-1, { batchSize: 2 }, "BatchSource.epoch: epoch must be an integer ≥ 0; received -1."],
    [0, {}, "BatchSource.epoch: batchSize must be an integer ≥ 1; received undefined."],
    [0, { batchSize: 0 }, "BatchSource.epoch: batchSize must be an integer ≥ 1; received 0."],
    [0, { batchSize: 2, seed: 1.5 }, "BatchSource.epoch: seed must be an integer; received 1.5."],
    [0, { batchSize: 2, steps: 0 }, "BatchSource.epoch: steps must be an integer ≥ 1; received 0."],
    [0, { batchSize: 2, firstStep: 6 }, "BatchSource.epoch: firstStep must be an integer ≥ 0 and ≤ 5; received 6."],
    [0, { batchSize: 2, prefetch: -1 }, "BatchSource.epoch: prefetch must be an integer ≥ 0; received -1."],
    [
      0,
      { batchSize: 2, sampling: "random" },
      'BatchSource.epoch: sampling must be one of "lesion-weighted", "shuffle", "sequential"; received "random".',
    ],
    [
      0,
      { batchSize: 2, augmentation: { scale: 2 } },
      "BatchSource.epoch: scale must be a finite number ≥ 0 and < 1; received 2.",
    ],
    [
      0,
      { batch: 2 },
      'BatchSource.epoch: options must have only the keys batchSize, seed, steps, firstStep, sampling, augmentation, prefetch, signal; received "batch".',
    ],
  ])("epoch %# is refused when it is asked for, not when it is iterated", async (epoch, options, message) => {
    const source = await createBatchSource(volumes);
    expect(() => source.epoch(epoch, options as EpochOptions)).toThrow(expect.objectContaining({ message }));
  });
});
