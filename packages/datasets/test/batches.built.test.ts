import type { Worker } from "node:worker_threads";
import { zeros } from "@ddl/core";
import type { BatchSource, EpochOptions } from "@ddl/datasets";
import { createBatchSource } from "@ddl/datasets";
import { afterEach, describe, expect, test } from "vitest";
import { collect, contents, volumes } from "./batchesFixture.js";

/** Threads started since the last test, those that have not ended. */
const threads = new Set<Worker>();
process.on("worker", (thread) => {
  threads.add(thread);
  thread.on("exit", () => threads.delete(thread));
});

const sources: BatchSource[] = [];
async function open(workers: number, of = volumes): Promise<BatchSource> {
  const source = await createBatchSource(of, { workers });
  sources.push(source);
  await new Promise(setImmediate); // threads are announced on the next tick
  return source;
}

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  expect(threads.size).toBe(0);
});

/** A volume whose augmented batches take long enough to be interrupted. */
const large: typeof volumes = [
  { id: "large", image: zeros(Float32Array, [4, 200, 180, 3]), mask: zeros(Uint8Array, [4, 200, 180]) },
];
for (let i = 0; i < large[0]!.image.data.length; i++) large[0]!.image.data[i] = Math.sin(i);
const slow: EpochOptions = { batchSize: 40, steps: 50, augmentation: { elastic: { alpha: 20, sigma: 6 } } };

describe("batches from workers", () => {
  test("are the same bytes with 0, 1 and 2 workers, from any step on", async () => {
    const made = await Promise.all(
      [0, 1, 2].map(async (workers) => {
        const source = await open(workers);
        const options: EpochOptions = {
          batchSize: 3,
          seed: 6,
          steps: 9,
          augmentation: { elastic: { alpha: 4, sigma: 1 } },
        };
        const epochs = [];
        for (const epoch of [0, 1]) epochs.push(contents(await collect(source.epoch(epoch, options))));
        epochs.push(contents(await collect(source.epoch(1, { ...options, firstStep: 5 }))));
        epochs.push(contents(await collect(source.epoch(0, { ...options, sampling: "shuffle", prefetch: 1 }))));
        return epochs;
      }),
    );
    expect(threads.size).toBe(3);
    expect(made[0]![2]).toEqual((made[0]![1] as unknown[]).slice(5));
    expect(made[1]).toEqual(made[0]);
    expect(made[2]).toEqual(made[0]);
  });

  test("are a consumer's own: what it writes into one is in no other", async () => {
    const source = await open(1);
    const options: EpochOptions = { batchSize: 5, sampling: "sequential", augmentation: false };
    const [first] = await collect(source.epoch(0, options));
    const before = first!.images.data.slice();
    first!.images.data.fill(-1);
    const [again] = await collect(source.epoch(0, options));
    expect(again!.images.data).toEqual(before);
  });

  test("two iterations at a time do not disturb each other", async () => {
    const source = await open(2);
    const options: EpochOptions = { batchSize: 2, steps: 6, seed: 1 };
    const both = await Promise.all([0, 1].map((epoch) => collect(source.epoch(epoch, options))));
    const here = await open(0);
    for (const epoch of [0, 1]) {
      expect(contents(both[epoch]!)).toEqual(contents(await collect(here.epoch(epoch, options))));
    }
  });
});

describe("a worker that ends", () => {
  test("while batches are awaited makes the iteration reject, and every one after it", async () => {
    const source = await open(2, large);
    const iterator = source.epoch(0, slow)[Symbol.asyncIterator]();
    await iterator.next();
    const awaited = (async () => {
      for (;;) await iterator.next();
    })();
    await [...threads][0]!.terminate();
    const ended = expect.objectContaining({
      code: "state",
      name: "StateError",
      message: "BatchSource: a worker ended while batches were needed: exit code 1.",
    });
    await expect(awaited).rejects.toThrow(ended);
    await expect(collect(source.epoch(1, slow))).rejects.toThrow(ended);
  });

  test("while nothing is awaited makes the next iteration reject", async () => {
    const source = await open(1);
    await collect(source.epoch(0, { batchSize: 5 }));
    await [...threads][0]!.terminate();
    const ended = { code: "state", message: "BatchSource: a worker ended while batches were needed: exit code 1." };
    await expect(collect(source.epoch(1, { batchSize: 5 }))).rejects.toThrow(expect.objectContaining(ended));
  });
});

describe("an epoch that is stopped", () => {
  test("by its signal while a batch is being made: at once, and the source goes on to serve", async () => {
    const source = await open(1, large);
    const controller = new AbortController();
    const reason = new Error("enough");
    const iterator = source.epoch(0, { ...slow, signal: controller.signal })[Symbol.asyncIterator]();
    const awaited = iterator.next();
    setTimeout(() => controller.abort(reason), 5);
    await expect(awaited).rejects.toBe(reason);
    expect((await iterator.next()).done).toBe(true);
    const few: EpochOptions = { ...slow, batchSize: 1, steps: 2, seed: 9 };
    const here = await open(0, large);
    expect(contents(await collect(source.epoch(0, few)))).toEqual(contents(await collect(here.epoch(0, few))));
  });

  test("by leaving the loop: nothing is left that rejects", async () => {
    const source = await open(2);
    for await (const { ids } of source.epoch(0, { batchSize: 2, steps: 20 })) {
      expect(ids).toHaveLength(2);
      break;
    }
    expect(await collect(source.epoch(0, { batchSize: 2 }))).toHaveLength(5);
  });

  test("by closing the source: what is awaited rejects, and no worker is left", async () => {
    const source = await open(2, large);
    expect(threads.size).toBe(2);
    const iterator = source.epoch(0, slow)[Symbol.asyncIterator]();
    const awaited = iterator.next();
    const message = "BatchSource: it was closed while a batch was being made.";
    const refused = expect(awaited).rejects.toThrow(expect.objectContaining({ code: "state", message }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await source.close();
    await refused;
    expect(threads.size).toBe(0);
    await expect(collect(source.epoch(0, slow))).rejects.toThrow("BatchSource: it is closed.");
  });
});

test("prefetch is at least 1 with workers", async () => {
  const source = await open(1);
  const message = "BatchSource.epoch: prefetch must be an integer ≥ 1; received 0.";
  expect(() => source.epoch(0, { batchSize: 2, prefetch: 0 })).toThrow(expect.objectContaining({ message }));
});
