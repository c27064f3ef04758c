import { slidingWindow, testTimeAugmentation } from "@ddl/unet";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

/** Adds the index of the row and ten times that of the column: it tells mirrored images apart. */
const indexed = (x: tf.Tensor): tf.Tensor => {
  const [, rows, columns] = x.shape as number[];
  const row = tf.reshape(tf.range(0, rows!), [1, rows!, 1, 1]);
  const column = tf.reshape(tf.mul(tf.range(0, columns!), 10), [1, 1, columns!, 1]);
  return tf.add(x, tf.add(row, column));
};
const batch = (): tf.Tensor => tf.reshape(tf.range(0, 2 * 3 * 5), [2, 3, 5, 1]);
const minus = async (a: tf.Tensor, b: tf.Tensor): Promise<number[]> => [...(await tf.sub(a, b).data())];

describe("testTimeAugmentation", () => {
  test("averages over every mirror image, mirrored back", async () => {
    const x = batch();
    // The mean of an index and its mirror image is the middle: (3 − 1) / 2 and 10 · (5 − 1) / 2.
    expect(await minus(testTimeAugmentation(indexed)(x), x)).toEqual(new Array(30).fill(21));
    const rows = await minus(testTimeAugmentation(indexed, { axes: [0] })(x), x);
    expect(rows).toEqual(Array.from({ length: 30 }, (_, i) => 1 + 10 * (i % 5)));
    const columns = await minus(testTimeAugmentation(indexed, { axes: [1] })(x), x);
    expect(columns).toEqual(Array.from({ length: 30 }, (_, i) => 20 + (Math.floor(i / 5) % 3)));
    expect(await minus(testTimeAugmentation(indexed, { axes: [] })(x), indexed(x))).toEqual(new Array(30).fill(0));
  });

  test("mirrors all three axes of volumes, eight views", () => {
    let views = 0;
    const counted = (x: tf.Tensor): tf.Tensor => {
      views++;
      return x;
    };
    const x = tf.reshape(tf.range(0, 24), [1, 2, 3, 4, 1]);
    expect([...testTimeAugmentation(counted)(x).dataSync()]).toEqual([...x.dataSync()]);
    expect(views).toBe(8);
  });

  test("averages probabilities if asked", async () => {
    const x = tf.tensor([0, 1, 3], [1, 1, 3, 1]);
    const scaled = (y: tf.Tensor): tf.Tensor => tf.mul(y, tf.tensor([1, 2, -1], [1, 1, 3, 1]));
    const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
    const result = await testTimeAugmentation(scaled, { axes: [1], activation: "sigmoid" })(x).data();
    const expected = [(sigmoid(0) + sigmoid(-0)) / 2, sigmoid(2), (sigmoid(-3) + sigmoid(3)) / 2];
    expect(ndarray(result)).toBeCloseToArray(ndarray(expected), { absolute: 1e-6 });
  });

  test("leaves one tensor, its result, and the batch as it was", () => {
    const x = batch();
    const before = tf.memory().numTensors;
    const identity = testTimeAugmentation((y) => y);
    const y = identity(x);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(x.isDisposed).toBe(false);
    y.dispose();
    const failing = testTimeAugmentation((z) => tf.slice(z, 0, [1, 1, 1, 1]));
    expect(() => failing(x)).toThrow(
      "testTimeAugmentation: model must give the size of its input, [2, 3, 5, classes]; received [1, 1, 1, 1].",
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  test("works inside slidingWindow", async () => {
    const image = ndarray(
      Float32Array.from({ length: 35 }, (_, i) => Math.cos(i)),
      [5, 7, 1],
    );
    const result = await slidingWindow(testTimeAugmentation(indexed), image, { patch: [3, 5] });
    expect(result).toBeCloseToArray(
      ndarray(
        image.data.map((v) => v + 21),
        [5, 7, 1],
      ),
      { absolute: 1e-5 },
    );
  });

  test("refuses axes and options that are none", () => {
    expect(() => testTimeAugmentation(indexed, { axes: [0, 0] })).toThrow(
      "testTimeAugmentation: axes must be a list of different integers ≥ 0; received [0, 0].",
    );
    expect(() => testTimeAugmentation(indexed, { axes: [-1] })).toThrow("received [-1].");
    expect(() => testTimeAugmentation(indexed, { axes: [2] })(batch())).toThrow(
      "testTimeAugmentation: axes must be below 2, the number of axes between batch and channels; received 2.",
    );
    expect(() => testTimeAugmentation(indexed, { activation: "relu" as never })).toThrow(
      'testTimeAugmentation: activation must be one of "none", "sigmoid", "softmax"; received "relu".',
    );
    expect(() => testTimeAugmentation(3 as never)).toThrow(
      "testTimeAugmentation: model must be a LayersModel or a function from a tensor to a tensor; received 3.",
    );
  });
});
