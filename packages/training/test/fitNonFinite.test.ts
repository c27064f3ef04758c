import type { FitOptions, NonFiniteBatch, TrainingBatch, TrainingState } from "@ddl/training";
import { fit } from "@ddl/training";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { meanSquaredError, tinyBatch, tinyBatches, tinyModel, weightBytes } from "./tinyTraining.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const model = () => tinyModel({ batchNormalization: true });

/** Batches of which some have an infinite pixel. */
function withBad(epoch: number, bad: readonly number[], count = 4): TrainingBatch[] {
  return tinyBatches(epoch, count).map((batch, number) => {
    if (bad.includes(number)) batch.images.data[5] = Number.POSITIVE_INFINITY;
    return batch;
  });
}

describe("what is not finite", () => {
  test("stops the training before weights and running statistics, tells where, and hands over state and batch", async () => {
    const trained = model();
    const events: [NonFiniteBatch, TrainingState][] = [];
    const failed: unknown[] = [];
    const before = tf.memory().numTensors;
    const run = fit(trained, (epoch) => withBad(epoch, [2]), {
      epochs: 1,
      loss: meanSquaredError,
      callbacks: [
        {
          onNonFinite: async (event, state) => void events.push([event, await state()]),
          onTrainingFailed: (reason, state) => void failed.push(reason, state),
        },
      ],
    });
    const message =
      "fit: the loss must be finite; received NaN in epoch 1, step 3, samples epoch0/batch2/0, epoch0/batch2/1.";
    await expect(run).rejects.toThrow(expect.objectContaining({ code: "training", message }));
    expect(tf.memory().numTensors).toBe(before);
    expect(failed).toEqual([expect.objectContaining({ message }), undefined]);
    const [event, state] = events[0]!;
    expect(event).toMatchObject({ epoch: 0, step: 2, quantity: "loss", value: Number.NaN, action: "stop" });
    expect(event.batch.ids).toEqual(["epoch0/batch2/0", "epoch0/batch2/1"]);
    expect(state.position).toEqual({ epoch: 0, step: 2 });
    const twoBatches = model();
    await fit(twoBatches, (epoch) => tinyBatches(epoch, 2), { epochs: 1, loss: meanSquaredError });
    expect(await weightBytes(trained)).toEqual(await weightBytes(twoBatches));
    expect([...state.tensors.weights.values()].map(({ values }) => [...values].every(Number.isFinite))).not.toContain(
      false,
    );
  });

  test("is left out and counted, as if the batch were not there, and a resume counts on", async () => {
    const options = { epochs: 2, loss: meanSquaredError, onNonFinite: "skip" } satisfies FitOptions;
    const states: TrainingState[] = [];
    const counts: number[] = [];
    const trained = model();
    const result = await fit(trained, (epoch) => withBad(epoch, epoch === 0 ? [0, 2] : [3]), {
      ...options,
      onProgress: ({ skipped }) => counts.push(skipped),
      callbacks: [{ onNonFinite: async (_, state) => void states.push(await state()) }],
    });
    expect(counts).toEqual([1, 2, 0, 0, 0]);
    expect(result.history.map(({ skipped }) => skipped)).toEqual([2, 1]);
    expect(result.updates).toBe(5);
    const without = model();
    const good = (epoch: number) => tinyBatches(epoch, 4).filter((_, k) => !(epoch === 0 ? [0, 2] : [3]).includes(k));
    const plain = await fit(without, good, options);
    expect(await weightBytes(trained)).toEqual(await weightBytes(without));
    expect(result.history.map(({ loss }) => loss)).toEqual(plain.history.map(({ loss }) => loss));
    for (const resume of states) {
      const resumed = model();
      const again = await fit(resumed, (epoch) => withBad(epoch, epoch === 0 ? [0, 2] : [3]), { ...options, resume });
      expect(again).toEqual(result);
      expect(await weightBytes(resumed)).toEqual(await weightBytes(trained));
    }
  });

  test("stops an epoch that has no finite batch at all", async () => {
    await expect(
      fit(model(), (epoch) => withBad(epoch, [0, 1, 2, 3]), { epochs: 1, loss: meanSquaredError, onNonFinite: "skip" }),
    ).rejects.toThrow("fit: epoch 1 must have a batch that is finite; all 4 were left out.");
  });

  test("is seen in gradients too, although the loss is finite", async () => {
    // The root has an infinite slope at 0.
    const loss = (_: tf.Tensor, y: tf.Tensor) => tf.sqrt(tf.sum(tf.mul(y, 0))) as tf.Scalar;
    const trained = model();
    const before = await weightBytes(trained);
    await expect(fit(trained, () => [tinyBatch(0, 0)], { epochs: 1, loss })).rejects.toThrow(
      "fit: the gradients must be finite; received the norm NaN in epoch 1, step 1, samples epoch0/batch0/0, epoch0/batch0/1.",
    );
    expect(await weightBytes(trained)).toEqual(before);
  });

  test("in a metric stops too, or leaves out the value alone", async () => {
    let calls = 0;
    const metrics = {
      strange: (_: tf.Tensor, y: tf.Tensor) => tf.add(tf.mul(tf.sum(y), 0), calls++ % 3 === 1 ? Number.NaN : calls),
    };
    const options = { epochs: 1, loss: meanSquaredError, metrics } satisfies FitOptions;
    const data = (epoch: number) => tinyBatches(epoch, 3);
    await expect(fit(model(), data, options)).rejects.toThrow(
      "fit: the metric strange must be finite; received NaN in epoch 1, step 2, samples epoch0/batch1/0, epoch0/batch1/1.",
    );
    calls = 0;
    const seen: object[] = [];
    const { history, updates } = await fit(model(), data, {
      ...options,
      onNonFinite: "skip",
      onProgress: ({ metrics }) => seen.push(metrics),
    });
    expect(seen).toEqual([{ strange: 1 }, {}, { strange: 3 }]);
    expect(history[0]).toMatchObject({ trainingMetrics: { strange: 2 }, skipped: 0 });
    expect(updates).toBe(3);
  });

  test("from validate stops too, or is left out of the record and is never the best", async () => {
    const validate = async (_: unknown, epoch: number) => ({
      dice: epoch,
      distance: epoch === 1 ? Infinity : 3 - epoch,
    });
    const options = {
      ...{ epochs: 3, loss: meanSquaredError, validate },
      monitor: { metric: "distance", mode: "min" as const },
    };
    const data = (epoch: number) => tinyBatches(epoch, 1);
    await expect(fit(model(), data, options)).rejects.toThrow(
      expect.objectContaining({
        code: "training",
        message: "fit: the metric distance must be finite; received Infinity from validate in epoch 2.",
      }),
    );
    const { history, best } = await fit(model(), data, { ...options, onNonFinite: "skip" });
    expect(history.map(({ metrics }) => metrics)).toEqual([
      { dice: 0, distance: 3 },
      { dice: 1 },
      { dice: 2, distance: 1 },
    ]);
    expect(best).toEqual({ epoch: 2, score: 1 });
  });
});
