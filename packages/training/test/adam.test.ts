import { fit } from "@ddl/training";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { beforeAll, expect, test } from "vitest";
import golden from "./goldens/adam.json" with { type: "json" };

beforeAll(async () => {
  await tf.setBackend("cpu");
});

test("the optimiser takes the steps that torch's Adam takes", async () => {
  const layer = tfl.layers.conv2d({ inputShape: golden.shape.slice(1), filters: 2, kernelSize: 1 });
  const model = tfl.sequential({ layers: [layer] });
  layer.setWeights([tf.tensor(golden.kernel, [1, 1, 3, 2]), tf.tensor(golden.bias)]);
  const array = (values: number[], channels: number): NdArray<Float32Array> =>
    ndarray(Float32Array.from(values), [...golden.shape.slice(0, 3), channels]) as NdArray<Float32Array>;
  const seen: number[][][] = [];
  await fit(
    model,
    (epoch) => [
      { images: array(golden.images[epoch]!, 3), masks: array(golden.targets[epoch]!, 2), ids: ["first", "second"] },
    ],
    {
      epochs: golden.after.length,
      loss: (t, y) => tf.losses.meanSquaredError(t, y),
      optimizer: golden.options,
      callbacks: [
        {
          async onEpochEnd() {
            seen.push(await Promise.all(layer.getWeights().map(async (weight) => [...(await weight.data())])));
          },
        },
      ],
    },
  );
  for (const [k, { kernel, bias }] of golden.after.entries()) {
    for (const [i, value] of kernel.entries()) expect(seen[k]![0]![i]).toBeCloseTo(value, 5);
    for (const [i, value] of bias.entries()) expect(seen[k]![1]![i]).toBeCloseTo(value, 5);
  }
});
