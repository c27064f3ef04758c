import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectConformance, gradients, numbers } from "./conformance.js";

type Operation = (x: tf.Tensor) => tf.Tensor;

const activations: Record<string, Operation> = {
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(tf.mul(x, 9)),
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  sigmoid: (x) => tf.sigmoid(tf.mul(x, 3)),
  tanh: (x) => tf.tanh(x),
  elu: (x) => tf.elu(x),
};

describe("gradients in one pass are those of cpu", () => {
  test.each(Object.entries(activations))("%s", async (_name, operation) => {
    for (const shape of [[], [1], [3, 5], [2, 3, 17], [7, 150]]) {
      await expectConformance([numbers(shape)], gradients(operation), { relative: 2e-6 });
    }
  });

  // Of the others tfjs has no second gradient, on any backend.
  test.each(Object.entries(activations).filter(([name]) => /^(relu|sigmoid|tanh)$/.test(name)))(
    "%s, twice",
    async (_name, operation) => {
      const slope: Operation = (x) => tf.grad((y) => tf.sum(tf.mul(operation(y), y)))(x);
      await expectConformance([numbers([3, 5])], gradients(slope), { relative: 2e-5 });
    },
  );

  test.each([[[2, 5, 3, 7]], [[4, 17]], [[1, 9, 8, 16]], [[3, 2, 2, 1]]])("batchNorm of x %j", async (shape) => {
    const channels = shape.at(-1)!;
    const positive = numbers([channels], 3);
    for (const [i, value] of positive.values.entries()) positive.values[i] = Math.abs(value);
    const inputs = [numbers(shape), numbers([channels], 2), positive, numbers([channels], 4), numbers([channels], 5)];
    const compute = (
      x: tf.Tensor,
      mean: tf.Tensor,
      variance: tf.Tensor,
      offset: tf.Tensor,
      scale: tf.Tensor,
    ): tf.Tensor =>
      tf.batchNorm(
        x as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        0.01,
      );
    await expectConformance(inputs, compute as never, { relative: 2e-6 });
    await expectConformance(inputs, gradients(compute as never), { relative: 1e-5 });
  });

  test("batchNorm with respect to its mean alone", async () => {
    const [x, ones] = [numbers([9, 6]), new Float32Array(6).fill(1)];
    const ofMean = (m: tf.Tensor): tf.Tensor => {
      const [variance, offset, scale] = [tf.tensor1d(ones), tf.tensor1d(ones), tf.tensor1d(numbers([6], 4).values)];
      return tf.batchNorm(tf.tensor2d(x.values, [9, 6]), m as tf.Tensor1D, variance, offset, scale);
    };
    await expectConformance([numbers([6], 2)], gradients(ofMean), { relative: 1e-5 });
  });

  test("a backward pass through batchNorm gives its memory back at once", async () => {
    await tf.setBackend("simd");
    const held = (): number => (tf.memory() as unknown as { numBytesInHeap: number }).numBytesInHeap;
    const x = tf.tensor2d(numbers([9, 6]).values, [9, 6]);
    const step = (): void => {
      tf.tidy(() => {
        const f = (a: tf.Tensor, m: tf.Tensor): tf.Scalar =>
          tf.sum(
            tf.batchNorm(
              a as tf.Tensor2D,
              m as tf.Tensor1D,
              tf.ones<tf.Rank.R1>([6]),
              tf.ones<tf.Rank.R1>([6]),
              tf.ones<tf.Rank.R1>([6]),
            ),
          );
        return void tf.grads(f as never)([x, tf.zeros([6])]);
      });
    };
    step();
    const before = [held(), tf.memory().numTensors];
    step();
    expect([held(), tf.memory().numTensors]).toEqual(before);
    x.dispose();
  });

  test.each([
    [[2, 7, 6, 3], [2, 3], [2, 1], "valid"],
    [[1, 8, 9, 17], [3, 3], [2, 2], "same"],
  ] as const)("maxPool of x %j, window %j, strides %j, pad %s", async (x, window, strides, pad) => {
    const compute: Operation = (a) => tf.maxPool(a as tf.Tensor4D, [...window], [...strides], pad);
    await expectConformance([numbers([...x])], compute, { relative: 0 });
    await expectConformance([numbers([...x])], gradients(compute), { relative: 1e-6 });
  });
});

test("the gradient of avgPool at a padded border is that of its values, where cpu's is not", async () => {
  await tf.setBackend("simd");
  const x = numbers([1, 5, 4, 2]);
  const f: Operation = (a) => tf.avgPool(a as tf.Tensor4D, 3, 2, "same");
  const total = (values: Float32Array): number =>
    tf.tidy(() => {
      const y = f(tf.tensor(values, x.shape));
      return (tf.sum(tf.mul(y, tf.reshape(tf.range(1, y.size + 1), y.shape))) as tf.Scalar).dataSync()[0]!;
    });
  const analytic = tf.tidy(() => {
    const loss: Operation = (a) => {
      const y = f(a);
      return tf.sum(tf.mul(y, tf.reshape(tf.range(1, y.size + 1), y.shape)));
    };
    return tf.grad(loss)(tf.tensor(x.values, x.shape)).dataSync();
  });
  for (let i = 0; i < x.values.length; i++) {
    // The map is linear: a step of 1 makes no error but rounding.
    const moved = Float32Array.from(x.values as Float32Array);
    moved[i]! += 1;
    expect(analytic[i], `pixel ${i}`).toBeCloseTo(total(moved) - total(x.values as Float32Array), 3);
  }
});

describe("long axes and many broadcasts go through tfjs to the kernels", () => {
  test.each([
    [
      [3, 1, 5],
      [4, 1],
    ],
    [
      [2, 3, 4, 5],
      [3, 1, 5],
    ],
    [[7], [6, 1]],
    [[], [2, 3]],
  ])("%j with %j", async (a, b) => {
    const inputs = [numbers(a, 1), numbers(b, 2)];
    for (const operation of [tf.add, tf.sub, tf.mul, tf.div, tf.maximum, tf.squaredDifference]) {
      await expectConformance(inputs, (x, y) => operation(x!, y!), { relative: 1e-6 });
      // Their gradients in tfjs forget the broadcast.
      if (operation === tf.maximum || operation === tf.squaredDifference) continue;
      await expectConformance(
        inputs,
        gradients((x, y) => operation(x!, y!)),
        { relative: 1e-5 },
      );
    }
  });

  test.each([
    [
      [2, 3, 4, 5],
      [1, 3],
    ],
    [[6, 7], [0]],
    [
      [4, 1, 3],
      [0, 1, 2],
    ],
    [[5, 17], [1]],
  ])("reductions of %j over %j", async (shape, axes) => {
    for (const reduce of [tf.sum, tf.mean, tf.max, tf.min, tf.prod]) {
      await expectConformance([numbers(shape)], (x) => reduce(x!, axes), { relative: 2e-6 });
      await expectConformance([numbers(shape)], (x) => reduce(x!, axes, true), { relative: 2e-6 });
    }
    await expectConformance(
      [numbers(shape)],
      gradients((x) => tf.mean(tf.square(x!), axes)),
      { relative: 2e-6 },
    );
  });

  test("softmax and its logarithm", async () => {
    await expectConformance([numbers([4, 3, 7])], (x) => [tf.softmax(tf.mul(x!, 5)), tf.logSoftmax(tf.mul(x!, 5))], {
      relative: 2e-6,
    });
    await expectConformance(
      [numbers([4, 7])],
      gradients((x) => tf.logSoftmax(x!)),
      { relative: 1e-5 },
    );
  });
});
