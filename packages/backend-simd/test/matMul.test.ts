import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectConformance, gradients, numbers } from "./conformance.js";

describe("matMul is that of cpu", () => {
  test.each([
    [1, 1, 1],
    [3, 5, 7],
    [17, 9, 6],
    [6, 8, 300],
    [130, 33, 65],
    [0, 4, 5],
    [4, 0, 5],
    [4, 5, 0],
  ])("%i × %i over %i, transposed and not", async (rows, columns, inner) => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const a = numbers(transposeA ? [inner, rows] : [rows, inner], 1);
        const b = numbers(transposeB ? [columns, inner] : [inner, columns], 2);
        const compute = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.matMul(x, y, transposeA, transposeB);
        await expectConformance([a, b], compute, { relative: 1e-5 });
        await expectConformance([a, b], gradients(compute), { relative: 1e-5 });
      }
    }
  });

  test.each([
    [
      [2, 3, 4, 5],
      [2, 3, 5, 7],
    ],
    [
      [4, 5],
      [3, 5, 7],
    ],
    [
      [3, 4, 5],
      [5, 7],
    ],
    [
      [1, 4, 5],
      [3, 5, 7],
    ],
  ])("in batches %j · %j", async (a, b) => {
    await expectConformance([numbers(a, 1), numbers(b, 2)], (x, y) => tf.matMul(x, y), { relative: 1e-5 });
  });

  test("in batches that repeat along different axes, where cpu reads beyond its input", async () => {
    const compute = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
      if (tf.getBackend() === "simd") return tf.matMul(a, b);
      return tf.matMul(tf.tile(a, [1, 3, 1, 1]), tf.tile(b, [2, 1, 1, 1]));
    };
    await expectConformance([numbers([2, 1, 4, 5], 1), numbers([1, 3, 5, 7], 2)], compute, { relative: 1e-5 });
  });

  test("with bias and activation, and for integers", async () => {
    const inputs = [numbers([9, 11], 1), numbers([11, 6], 2), numbers([6], 3)];
    for (const activation of ["linear", "relu", "relu6", "leakyrelu", "elu", "sigmoid"] as const) {
      await expectConformance(
        inputs,
        (a, b, bias) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation, leakyreluAlpha: 0.3 }),
        { relative: 1e-5 },
      );
    }
    await expectConformance(
      inputs.slice(0, 2),
      (a, b) => tf.matMul(tf.cast(tf.mul(a!, 9), "int32"), tf.cast(tf.mul(b!, 9), "int32")),
      { relative: 0 },
    );
  });
});
