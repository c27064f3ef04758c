import "@tensorflow/tfjs-backend-cpu";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { selectBackend } from "../src/backend/selectBackend.js";

/** Values and gradients of Σ f(x, w)·r on a backend, r fixed. */
async function gradients(
  backend: string,
  f: (x: Tensor4D, w: Tensor4D) => Tensor,
  shapes: [number[], number[]],
): Promise<number[][]> {
  await tf.setBackend(backend);
  const [x, w] = shapes.map((shape, k) =>
    tf.randomNormal(shape as [number, number, number, number], 0, 1, "float32", 5 + k),
  ) as [Tensor4D, Tensor4D];
  const before = tf.memory().numTensors;
  const value = tf.valueAndGrads((a: Tensor, b: Tensor) => {
    const y = f(a as Tensor4D, b as Tensor4D);
    return tf.sum(tf.mul(y, tf.randomNormal(y.shape as [number], 0, 1, "float32", 9)));
  })([x, w]);
  const result = await Promise.all([value.value, ...value.grads].map(async (one) => [...(await one.data())]));
  tf.dispose([value.value, ...value.grads]);
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([x, w]);
  return result;
}

describe("gradients of convolutions on wasm", () => {
  test.each<[string, (x: Tensor4D, w: Tensor4D) => Tensor, [number[], number[]]]>([
    [
      "3 × 3 same",
      (x, w) => tf.conv2d(x, w, 1, "same"),
      [
        [2, 7, 10, 3],
        [3, 3, 3, 5],
      ],
    ],
    [
      "3 × 3 valid",
      (x, w) => tf.conv2d(x, w, 1, "valid"),
      [
        [2, 6, 9, 4],
        [3, 3, 4, 2],
      ],
    ],
    [
      "1 × 1",
      (x, w) => tf.conv2d(x, w, 1, "same"),
      [
        [3, 4, 5, 6],
        [1, 1, 6, 2],
      ],
    ],
    [
      "2 × 5 same",
      (x, w) => tf.conv2d(x, w, 1, "same"),
      [
        [1, 5, 8, 2],
        [2, 5, 2, 3],
      ],
    ],
    [
      "2 × 2 stride 2",
      (x, w) => tf.conv2d(x, w, 2, "valid"),
      [
        [2, 6, 10, 3],
        [2, 2, 3, 4],
      ],
    ],
    [
      "batch normalisation",
      (x, w) =>
        tf.batchNorm(
          x,
          tf.mean(w, [0, 1, 2]),
          tf.add(tf.mean(tf.square(w), [0, 1, 2]), 0.5),
          tf.sum(x, [0, 1, 2]),
          tf.max(w, [0, 1, 2]),
        ),
      [
        [2, 3, 5, 4],
        [2, 2, 3, 4],
      ],
    ],
    [
      "2 × 2 stride 2, transposed",
      (x, w) => tf.conv2dTranspose(x, w, [2, 6, 10, 3], 2, "same"),
      [
        [2, 3, 5, 4],
        [2, 2, 3, 4],
      ],
    ],
  ])("%s: value and gradients as on cpu, without a leak", async (_name, f, shapes) => {
    const expected = await gradients("cpu", f, shapes);
    await selectBackend();
    const actual = await gradients("wasm", f, shapes);
    for (const [k, values] of expected.entries()) {
      for (const [i, value] of values.entries()) expect(Math.abs(actual[k]![i]! - value)).toBeLessThan(1e-4);
    }
  });

  test("say what they cannot do", async () => {
    await selectBackend();
    await tf.setBackend("wasm");
    const gradient = tf.grad((x: Tensor) =>
      tf.sum(tf.conv2d(x as Tensor4D, tf.ones([3, 3, 1, 1]) as Tensor4D, 2, "same")),
    );
    expect(() => gradient(tf.ones([1, 6, 6, 1]))).toThrow(
      "only stride 1, or windows that tile the input, are composed here",
    );
  });
});
