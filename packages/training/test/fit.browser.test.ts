import { describeBackend } from "@ddl/testing/tensor";
import type { TrainingBatch } from "@ddl/training";
import { fit } from "@ddl/training";
import { unet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { expect, test } from "vitest";
import { weightValues } from "./tinyTraining.js";

type Shape = [number, number, number] | [number, number, number, number];

const wave = (length: number, phase: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(0.37 * i + phase) + 0.3 * Math.cos(0.011 * i * i));
const batch = (shape: readonly number[], epoch: number): TrainingBatch => {
  const voxels = shape.slice(0, -1);
  const masks = wave(
    voxels.reduce((x, y) => x * y, 2),
    2 * epoch + 1,
  ).map((value) => Number(value > 0.2));
  return {
    images: ndarray(
      wave(
        shape.reduce((x, y) => x * y, 2),
        epoch,
      ),
      [2, ...shape],
    ),
    masks: ndarray(masks, [2, ...voxels, 1]),
    ids: [`${epoch}/0`, `${epoch}/1`],
  };
};

/** Losses, gradient norms and weights of a short training on the backend that is set. */
async function train(inputShape: Shape): Promise<Record<string, number[]>> {
  // Of volumes by groups: the other normalisation is tested by itself.
  const norm = inputShape.length === 4 ? ({ norm: "group", groups: 3 } as const) : {};
  const model = unet({ inputShape, classes: 1, depth: 1, baseFilters: 3, seed: 5, ...norm });
  const gradientNorms: number[] = [];
  const { history } = await fit(model, (epoch) => [batch(inputShape, epoch)], {
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
    test.each(
      [
        ["images", [8, 12, 3]],
        ["volumes", [4, 2, 6, 2]],
      ].slice(0, name === "webgpu" ? 2 : 1) as [string, Shape][],
    )(
      "trains a U-Net of %s to cpu's losses, gradient norms and weights",
      { timeout: 300_000 },
      async (_, inputShape) => {
        const got = await train(inputShape);
        await tf.setBackend("cpu");
        const expected = await train(inputShape);
        await tf.setBackend(name);
        expect(expected["losses"]).toHaveLength(3);
        for (const [what, values] of Object.entries(expected)) {
          const largest = Math.max(...values.map(Math.abs));
          const differences = values.map((value, i) => Math.abs(value - got[what]![i]!));
          expect(Math.max(...differences), what).toBeLessThan(1e-4 * largest);
        }
      },
    );
  });
}
