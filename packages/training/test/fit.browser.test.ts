import { describeBackend } from "@ddl/testing/tensor";
import type { TrainingBatch } from "@ddl/training";
import { fit } from "@ddl/training";
import { unet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { expect, test } from "vitest";
import { weightValues } from "./tinyTraining.js";

const wave = (length: number, phase: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(0.37 * i + phase) + 0.3 * Math.cos(0.011 * i * i));
const batch = (epoch: number): TrainingBatch => ({
  images: ndarray(wave(2 * 8 * 12 * 3, epoch), [2, 8, 12, 3]),
  masks: ndarray(
    wave(2 * 8 * 12, 2 * epoch + 1).map((value) => Number(value > 0.2)),
    [2, 8, 12, 1],
  ),
  ids: [`${epoch}/0`, `${epoch}/1`],
});

/** Losses, gradient norms and weights of a short training on the backend that is set. */
async function train(): Promise<Record<string, number[]>> {
  const model = unet({ inputShape: [8, 12, 3], classes: 1, depth: 1, baseFilters: 3, seed: 5 });
  const gradientNorms: number[] = [];
  const { history } = await fit(model, (epoch) => [batch(epoch)], {
    epochs: 3,
    loss: (masks, logits) => tf.losses.sigmoidCrossEntropy(masks, logits) as tf.Scalar,
    // A large epsilon, as Adam makes a whole step of what is but rounding.
    optimizer: { kind: "adamW", learningRate: 0.05, epsilon: 0.01, weightDecay: 0.1 },
    clipping: { norm: 0.5 },
    movingAverage: { decay: 0.7 },
    onProgress: ({ gradientNorm }) => gradientNorms.push(gradientNorm!),
  });
  const weights = (await weightValues(model)).flat();
  model.dispose();
  return { losses: history.map(({ loss }) => loss), gradientNorms, weights };
}

// On cpu `fit` is compared with torch; more weights than a program on a graphics card has places for.
for (const name of ["webgl", "webgpu"]) {
  describeBackend("fit", name, () => {
    test("trains a U-Net to cpu's losses, gradient norms and weights", { timeout: 300_000 }, async () => {
      const got = await train();
      await tf.setBackend("cpu");
      const expected = await train();
      await tf.setBackend(name);
      expect(expected["losses"]).toHaveLength(3);
      for (const [what, values] of Object.entries(expected)) {
        const largest = Math.max(...values.map(Math.abs));
        const differences = values.map((value, i) => Math.abs(value - got[what]![i]!));
        expect(Math.max(...differences), what).toBeLessThan(1e-4 * largest);
      }
    });
  });
}
