import "@ddl/backend-simd";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";

const optimizers: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adam: () => tf.train.adam(0.05, 0.8, 0.95),
};

/** Values of the weights after some steps, and what the optimiser remembers. */
async function train(backend: string, make: () => tf.Optimizer): Promise<{ values: number[][]; left: number }> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const optimizer = make();
  const weights = tf.variable(tf.tensor2d([1, -2, 3, 0.5, -0.25, 4], [2, 3]));
  const bias = tf.variable(tf.tensor1d([0.1, -0.2, 0.3]));
  const held = weights.clone();
  for (let k = 0; k < 7; k++) {
    optimizer.minimize(
      () =>
        tf.sum(
          tf.square(
            tf.sub(
              tf.add(
                tf.mul(weights, [
                  [1, 2, 3],
                  [4, 5, 6],
                ]),
                bias,
              ),
              k,
            ),
          ),
        ) as tf.Scalar,
    );
  }
  const saved = await optimizer.getWeights();
  const values = [weights, bias, held, ...saved.map(({ tensor }) => tensor)].map((one) => Array.from(one.dataSync()));
  tf.dispose([weights, bias, held]);
  optimizer.dispose();
  tf.dispose(saved.map(({ tensor }) => tensor));
  // tfjs leaves a scalar or two behind, on every backend.
  return { values, left: tf.memory().numTensors - before };
}

describe.each(Object.entries(optimizers))("tf.train's %s", (_name, make) => {
  test("makes the steps of cpu, remembers the same, and leaves a clone of a weight alone", async () => {
    const expected = await train("cpu", make);
    const actual = await train("simd", make);
    expect(actual.left).toBe(expected.left);
    expect(actual.values[2]).toEqual([1, -2, 3, 0.5, -0.25, 4]);
    for (const [k, values] of expected.values.entries()) {
      for (const [i, value] of values.entries()) {
        const error = Math.abs(actual.values[k]![i]! - value);
        expect(error, `${k}, ${i}: ${actual.values[k]![i]} for ${value}`).toBeLessThanOrEqual(
          1e-5 * (1 + Math.abs(value)),
        );
      }
    }
  });
});
