import { zeros } from "@ddl/core";
import { diceLoss } from "@ddl/losses";
import type { TrainingBatch, TrainingState } from "@ddl/training";
import { decodeCheckpoint, encodeCheckpoint, fit, predictVolume } from "@ddl/training";
import { unet } from "@ddl/unet";
import "@tensorflow/tfjs-backend-cpu";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const loss = (t: Tensor, z: Tensor) => diceLoss(t, z, { fromLogits: true });
const tinyModel = (): LayersModel => unet({ inputShape: [4, 8, 1], depth: 1, baseFilters: 2, seed: 3 });

/** Bright bars on noise, another one in each sample of each epoch; the mask is the bar. */
const batches = (epoch: number): TrainingBatch[] => batchesOf(epoch, 3);

function batchesOf(epoch: number, count: number): TrainingBatch[] {
  return Array.from({ length: count }, (_, b) => {
    const images = zeros(Float32Array, [2, 4, 8, 1]);
    const masks = zeros(Float32Array, [2, 4, 8, 1]);
    for (let i = 0; i < images.data.length; i++) {
      const column = i % 8;
      const start = (epoch + b + Math.floor(i / 32)) % 5;
      const inside = column >= start && column < start + 3;
      masks.data[i] = inside ? 1 : 0;
      images.data[i] = (inside ? 1 : -1) + 0.3 * Math.sin(i * 12.9 + epoch);
    }
    return { images, masks, ids: [`e${epoch}b${b}s0`, `e${epoch}b${b}s1`] };
  });
}

async function bytes(model: LayersModel): Promise<string[]> {
  const values = await Promise.all(model.getWeights().map((weight) => weight.data()));
  return values.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString("base64"));
}

describe("fit", () => {
  test("learns a task that can be learnt", async () => {
    const model = tinyModel();
    const { history } = await fit(model, batches, { epochs: 30, loss, optimizer: { learningRate: 0.03 } });
    expect(history[0]!.loss).toBeGreaterThan(0.3);
    expect(history.at(-1)!.loss).toBeLessThan(0.1);
    const probability = await predictVolume(model, batches(99)[0]!.images);
    expect(probability.shape).toEqual([2, 4, 8]);
    const truth = batches(99)[0]!.masks.data;
    const right = [...probability.data].filter((p, i) => p >= 0.5 === (truth[i] === 1)).length;
    expect(right).toBeGreaterThan(58); // of 64
  });

  test("gives the same bytes again, and after a resume from any epoch through a checkpoint", async () => {
    const states: Uint8Array[] = [];
    const whole = tinyModel();
    const validate = async (_model: LayersModel, epoch: number) => ({ score: [0.2, 0.9, 0.4, 0.5][epoch]! });
    const options = { epochs: 4, loss, validate, monitor: { metric: "score", mode: "max" as const } };
    const result = await fit(whole, batches, {
      ...options,
      callbacks: [{ onEpochEnd: async (_, state) => void states.push(await encodeCheckpoint(await state())) }],
    });
    const expected = await bytes(whole);
    expect(result.best).toEqual({ epoch: 1, score: 0.9 });
    for (const [k, state] of states.entries()) {
      const model = unet({ inputShape: [4, 8, 1], depth: 1, baseFilters: 2, seed: 1000 + k });
      const resumed = await fit(model, batches, { ...options, resume: await decodeCheckpoint(state) });
      expect(resumed).toEqual(result);
      expect(await bytes(model)).toEqual(expected);
    }
  });

  test("keeps the weights of the best epoch", async () => {
    const options = { epochs: 3, loss, optimizer: { learningRate: 0.05 } };
    const first = tinyModel();
    await fit(first, batches, { ...options, epochs: 1 });
    const model = tinyModel();
    const validate = async (_model: LayersModel, epoch: number) => ({ distance: [1, 5, Number.NaN][epoch]! });
    const monitor = { metric: "distance", mode: "min" as const };
    const { history } = await fit(model, batches, { ...options, validate, monitor, onNonFinite: "skip" });
    expect(history.map(({ metrics }) => metrics)).toEqual([{ distance: 1 }, { distance: 5 }, {}]);
    expect(await bytes(model)).toEqual(await bytes(first));
  });

  test("updates as torch's Adam: one weight, by hand", async () => {
    const model = unet({ inputShape: [2, 2, 1], depth: 1, baseFilters: 1, norm: "none" });
    const [bias] = model.getLayer("segmentation_head.0").getWeights().slice(1);
    const before = (await bias!.data())[0]!;
    // The gradient of the head's bias is the gradient of the loss: Σ of the output's, here always 3.
    const constant = (_t: Tensor, z: Tensor) => tf.mul(tf.sum(z), 0.75) as tf.Scalar;
    const one = { images: zeros(Float32Array, [1, 2, 2, 1]), masks: zeros(Float32Array, [1, 2, 2, 1]), ids: ["a"] };
    await fit(model, () => [one, one], { epochs: 1, loss: constant, optimizer: { learningRate: 0.01 } });
    const after = (await model.getLayer("segmentation_head.0").getWeights()[1]!.data())[0]!;
    expect(after - before).toBeCloseTo(-0.02, 6); // m̂/√v̂ = 1 in each of two steps
  });

  test("stops between two steps when the signal is aborted", async () => {
    const controller = new AbortController();
    const model = tinyModel();
    const before = tf.memory().numTensors;
    let steps = 0;
    const stopped = fit(model, batches, {
      epochs: 5,
      loss,
      signal: controller.signal,
      onProgress: () => {
        if (++steps === 4) controller.abort(new Error("enough"));
      },
    });
    await expect(stopped).rejects.toThrow("enough");
    expect(steps).toBe(4);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("refuses a loss that is not finite before it reaches the weights, and names the samples", async () => {
    const model = tinyModel();
    const before = await bytes(model);
    const tensors = tf.memory().numTensors;
    const bad = (_t: Tensor, z: Tensor) => tf.mul(tf.sum(z), Number.NaN) as tf.Scalar;
    await expect(fit(model, batches, { epochs: 1, loss: bad })).rejects.toThrow(
      expect.objectContaining({
        code: "training",
        message: "fit: the loss must be finite; received NaN in epoch 1, step 1, samples e0b0s0, e0b0s1.",
      }),
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await bytes(model)).toEqual(before);
  });

  test("leaves no tensor behind over many steps", async () => {
    const model = tinyModel();
    await fit(model, batches, { epochs: 1, loss });
    const before = tf.memory().numTensors;
    await fit(model, (epoch) => batchesOf(epoch, 10), { epochs: 2, loss });
    expect(tf.memory().numTensors).toBe(before);
  });

  test("names what does not fit", async () => {
    const model = tinyModel();
    const state: TrainingState[] = [];
    await fit(model, batches, {
      epochs: 1,
      loss,
      callbacks: [{ onEpochEnd: async (_, one) => void state.push(await one()) }],
    });
    const other = unet({ inputShape: [4, 8, 1], depth: 1, baseFilters: 3 });
    await expect(fit(other, batches, { epochs: 2, loss, resume: state[0]! })).rejects.toThrow(
      /^fit: the weights do not fit the model: it has encoder\.blocks\.0\.conv1\.0\/kernel \[3, 3, 1, 3\], .* where they have encoder\.blocks\.0\.conv1\.0\/kernel \[3, 3, 1, 2\], /,
    );
    await expect(fit(model, batches, { epochs: 0, loss })).rejects.toThrow(
      "fit: epochs must be an integer ≥ 1; received 0.",
    );
    await expect(fit(model, batches, { epochs: 1, loss, optimizer: { beta1: 1 } })).rejects.toThrow(
      "fit: optimizer.beta1 must be a finite number ≥ 0 and < 1; received 1.",
    );
    await expect(fit(model, () => [], { epochs: 1, loss })).rejects.toThrow("fit: epoch 1 has no batches.");
    await expect(fit(model, batches, { epochs: 1, loss, monitor: { metric: "dice", mode: "max" } })).rejects.toThrow(
      "fit: monitor needs validate, which gives the metric.",
    );
    const validate = async () => ({ iou: 1 });
    await expect(
      fit(model, batches, { epochs: 1, loss, validate, monitor: { metric: "dice", mode: "max" } }),
    ).rejects.toThrow('fit: monitor.metric is "dice", but validate gave only iou.');
    await expect(
      predictVolume(unet({ inputShape: [4, 8, 1], classes: 2, depth: 1, baseFilters: 1 }), batches(0)[0]!.images),
    ).rejects.toThrow("predictVolume: model must give 1 channel of logits; received 2.");
  });
});
