import { Random, zeros } from "@ddl/core";
import type { EpochOptions } from "@ddl/datasets";
import { augment, createBatchSource, samplingWeights } from "@ddl/datasets";
import { layouts, volumeMask } from "@ddl/testing";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { allIds, channels, collect, columns, contents, rows, volumes } from "./batchesFixture.js";

const source = await createBatchSource(volumes);
const plain: EpochOptions = { batchSize: 4, sampling: "sequential", augmentation: false };

async function idsOf(epoch: number, options: EpochOptions): Promise<string[]> {
  return (await collect(source.epoch(epoch, options))).flatMap(({ ids }) => ids);
}

describe("a batch", () => {
  test("holds the slices its ids name", async () => {
    const [first, second, ...others] = await collect(source.epoch(0, plain));
    expect(others).toEqual([]);
    expect(first!.ids).toEqual(["volume 1/0", "volume 1/1", "volume 1/2", "volume 2/0"]);
    expect(second!.ids).toEqual(["volume 2/1", "volume 2/2", "volume 2/3", "volume 2/4"]);
    for (const { images, masks, ids } of [first!, second!]) {
      expect(images.shape).toEqual([4, rows, columns, channels]);
      expect(masks.shape).toEqual([4, rows, columns, 1]);
      expect(masks.data).toBeInstanceOf(Float32Array);
      for (const [k, id] of ids.entries()) {
        const [name, slice] = id.split("/") as [string, string];
        const volume = volumes.find((one) => one.id === name)!;
        expect(images.pick(k, null, null, null)).toEqualArray(volume.image.pick(Number(slice), null, null, null));
        const own = masks.pick(k, null, null, 0);
        const expected = volume.mask.pick(Number(slice), null, null);
        for (let y = 0; y < rows; y++) {
          for (let x = 0; x < columns; x++) expect(own.get(y, x)).toBe(expected.get(y, x));
        }
      }
    }
  });

  test("does not depend on the volumes' memory layout, nor on what number stands for inside", async () => {
    const { id, image, mask } = volumes[1]!;
    const marked = zeros(Uint8Array, mask.shape);
    for (let i = 0; i < mask.data.length; i++) marked.data[i] = 255 * mask.data[i]!;
    const options: EpochOptions = { batchSize: 3, seed: 5 };
    const expected = contents(await collect((await createBatchSource([{ id, image, mask }])).epoch(0, options)));
    const masks = layouts(marked).reverse();
    for (const [k, [, array]] of layouts(image).entries()) {
      const other = await createBatchSource([{ id, image: array, mask: masks[k]![1] }]);
      expect(contents(await collect(other.epoch(0, options)))).toEqual(expected);
    }
  });

  test("keeps volumes as they are, and as they were when the source was made", async () => {
    const image = zeros(Float32Array, [2, 3, 4, 1]);
    const mask = zeros(Uint8Array, [2, 3, 4]);
    const own = await createBatchSource([{ id: "own", image, mask }]);
    image.data.fill(9);
    const [batch] = await collect(own.epoch(0, { batchSize: 2, augmentation: { intensity: { offset: 0 } } }));
    expect(batch!.images.data.every((value) => value === 0)).toBe(true);
    expect(image.data.every((value) => value === 9)).toBe(true);
  });

  test("is augmented with a stream of its own for each sample", async () => {
    const options = { rotation: 30, intensity: {} };
    const one = await createBatchSource([volumes[1]!]);
    const batchOptions: EpochOptions = { batchSize: 5, seed: 8, sampling: "sequential", augmentation: options };
    const [batch] = await collect(one.epoch(2, batchOptions));
    const stream = Random.fromSeed(8).fork("batches").fork(2).fork(0);
    for (let k = 0; k < 5; k++) {
      const sample = {
        image: volumes[1]!.image.pick(k, null, null, null),
        mask: volumes[1]!.mask.pick(k, null, null),
      };
      const expected = augment(sample, options, stream.fork(k));
      expect(batch!.images.pick(k, null, null, null)).toEqualArray(expected.image);
      expect([...batch!.masks.data.slice(24 * k, 24 * k + 24)]).toEqual([...expected.mask.data]);
    }
  });
});

describe("what a batch depends on", () => {
  const options: EpochOptions = { batchSize: 3, seed: 4, steps: 4 };

  test("seed, epoch and number; not what was asked for before", async () => {
    const batches = contents(await collect(source.epoch(1, options)));
    await collect(source.epoch(0, { batchSize: 2 }));
    expect(contents(await collect(source.epoch(1, options)))).toEqual(batches);
    expect(contents(await collect((await createBatchSource(volumes)).epoch(1, options)))).toEqual(batches);
    const others = [source.epoch(2, options), source.epoch(1, { ...options, seed: 5 })];
    for (const other of others) expect(contents(await collect(other))).not.toEqual(batches);
    expect(new Set((batches as object[]).map((batch) => JSON.stringify(batch))).size).toBe(4);
  });

  test.each(["lesion-weighted", "shuffle", "sequential"] as const)(
    "firstStep goes on with the same batches (%s)",
    async (sampling) => {
      const whole = await collect(source.epoch(1, { ...options, sampling }));
      for (const firstStep of [0, 1, 3, 4]) {
        const rest = await collect(source.epoch(1, { ...options, sampling, firstStep }));
        expect(contents(rest)).toEqual(contents(whole.slice(firstStep)));
      }
    },
  );

  test("two iterations at a time do not disturb each other", async () => {
    const [one, other] = [source.epoch(0, options), source.epoch(1, options)].map((epoch) =>
      epoch[Symbol.asyncIterator](),
    );
    const mixed = [];
    for (let k = 0; k < 4; k++) mixed.push((await one!.next()).value, (await other!.next()).value);
    const expected = await Promise.all([0, 1].map((epoch) => collect(source.epoch(epoch, options))));
    expect(contents(mixed.filter((_, k) => k % 2 === 0))).toEqual(contents(expected[0]!));
    expect(contents(mixed.filter((_, k) => k % 2 === 1))).toEqual(contents(expected[1]!));
  });
});

describe("sampling", () => {
  test("sequential and shuffle give every slice once", async () => {
    const options: EpochOptions = { batchSize: 2, seed: 3, augmentation: false };
    expect(source.sliceCount).toBe(10);
    expect(await idsOf(0, { ...options, sampling: "sequential" })).toEqual(allIds);
    const orders = await Promise.all([0, 1].map((epoch) => idsOf(epoch, { ...options, sampling: "shuffle" })));
    for (const order of orders) {
      expect(order).not.toEqual(allIds);
      expect([...order].sort()).toEqual([...allIds].sort());
    }
    expect(orders[0]).not.toEqual(orders[1]);
  });

  test("an incomplete last batch is left out; more steps go round again", async () => {
    expect(await idsOf(0, { ...plain, batchSize: 3 })).toEqual(allIds.slice(0, 9));
    expect(await idsOf(0, { ...plain, steps: 4 })).toEqual([...allIds, ...allIds.slice(0, 6)]);
    expect(await idsOf(0, { ...plain, batchSize: 25 })).toEqual(allIds);
  });

  test("lesion-weighted draws volumes uniformly, and slices by their weights", async () => {
    const drawn = await idsOf(0, { batchSize: 50, steps: 120, augmentation: false });
    expect(drawn).toHaveLength(6000);
    for (const { id, mask } of volumes) {
      const weights = samplingWeights(mask);
      for (let slice = 0; slice < weights.length; slice++) {
        const expected = weights[slice]! / 3;
        const share = drawn.filter((one) => one === `${id}/${slice}`).length / 6000;
        // Five standard deviations of a share of 6000 draws.
        expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / 6000));
      }
    }
  });

  test("samplingWeights: area plus a tenth of the mean area, in sum 1", () => {
    const mask = volumeMask(["###.", "#..."], ["....", "...."], ["##..", "...."]);
    expect([...samplingWeights(mask)]).toEqual([4.2, 0.2, 2.2].map((w) => expect.closeTo(w / 6.6, 12)));
    expect([...samplingWeights(zeros(Uint8Array, [4, 2, 3]))]).toEqual([0.25, 0.25, 0.25, 0.25]);
    const message = "samplingWeights: mask must have 3 dimensions; received [2].";
    expect(() => samplingWeights(ndarray(new Uint8Array(2), [2]))).toThrow(expect.objectContaining({ message }));
  });
});
