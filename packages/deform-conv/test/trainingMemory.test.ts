import { DeformConv2D } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";

test("memory is the same after 10 and after 1,000 steps of training", { timeout: 30_000 }, async () => {
  await tf.setBackend("cpu");
  const model = tfl.sequential();
  const kernelInitializer = tfl.initializers.heNormal({ seed: 3 });
  model.add(
    new DeformConv2D({ filters: 1, kernelSize: [1, 2], modulated: true, kernelInitializer, inputShape: [3, 4, 1] }),
  );
  model.compile({ optimizer: tf.train.adam(0.01), loss: "meanSquaredError" });
  const x = tf.randomNormal([1, 3, 4, 1], 0, 1, "float32", 1);
  const y = tf.randomNormal([1, 3, 3, 1], 0, 1, "float32", 2);
  const losses: number[] = [];
  const trainUntil = async (steps: number): Promise<tf.MemoryInfo> => {
    while (losses.length < steps) losses.push((await model.trainOnBatch(x, y)) as number);
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    return { numTensors, numDataBuffers, numBytes, unreliable: false, reasons: [] };
  };
  const early = await trainUntil(10);
  expect(early.numTensors).toBeGreaterThan(0);
  expect(await trainUntil(1000)).toEqual(early);
  expect(losses[999]).toBeLessThan(losses[9]! / 2);
  model.dispose();
});
