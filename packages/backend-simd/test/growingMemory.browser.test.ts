import "@ddl/backend-simd";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

// A page that is not cross-origin isolated has memory of its own, whose views are detached when it grows.
test("parts of tensors are right when the memory grows while they are made", async () => {
  await tf.setBackend("simd");
  const kept: tf.Tensor[] = [];
  // Sizes that no free block fits.
  for (const size of [300_000, 700_000, 1_500_000, 3_100_000]) {
    const pair = tf.tidy(() => tf.stack([tf.fill([size], 1), tf.fill([size], 2)]));
    const parts = tf.unstack(pair);
    kept.push(pair, ...parts);
    for (const [k, part] of parts.entries()) {
      const values = part.dataSync();
      expect([values[0], values[size - 1], values.length]).toEqual([k + 1, k + 1, size]);
    }
  }
  tf.dispose(kept);
});
