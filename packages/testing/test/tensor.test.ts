import { expectGradient, testNoLeak } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import * as vitest from "vitest";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("expectGradient", () => {
  /** f(x, y) = Σ x²·y, with the gradient of x scaled and the gradient of y shifted at one element. */
  const weightedSquares = tf.customGrad((x, y) => {
    const [a, b] = [x as tf.Tensor, y as tf.Tensor];
    return {
      value: tf.sum(tf.mul(tf.square(a), b)),
      gradFunc: (dy: tf.Tensor) => [
        tf.mul(dy, tf.mul(tf.mul(a, b), 2 * scaleX)),
        tf.mul(dy, tf.add(tf.square(a), tf.tensor([0, 0, 0, 0, shiftY, 0], [2, 3]))),
      ],
    };
  });
  let scaleX = 1;
  let shiftY = 0;
  const reference = (...[x, y]: number[][]): number => x!.reduce((sum, value, i) => sum + value * value * y![i]!, 0);
  const inputs = [
    { values: [0.5, -1, 2, 0.25, 3, -0.75], shape: [2, 3] },
    { values: [1, 2, -0.5, 4, 0.125, 3], shape: [2, 3] },
  ];
  const check = (options = {}): Promise<void> =>
    expectGradient((x, y) => weightedSquares(x!, y!), reference, inputs, options);

  afterEach(() => {
    scaleX = 1;
    shiftY = 0;
  });

  test("passes for the right gradient, and leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    await check();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("catches a gradient that is off by a factor, and names the element", async () => {
    scaleX = 1.001;
    await expect(check()).rejects.toThrow(/^input 0, element 0: 1\.00\d+ for 1\.?\d*: expected .* to be less than/);
  });

  test("catches one wrong element of the second input", async () => {
    shiftY = 0.01;
    await expect(check()).rejects.toThrow(/^input 1, element 4: 9\.01\d* for (9|8\.99)/);
  });

  test("catches NaN", async () => {
    shiftY = Number.NaN;
    await expect(check()).rejects.toThrow("input 1, element 4: NaN for");
  });

  test("heeds its tolerance, relative to 1 + |numeric|", async () => {
    shiftY = 0.01; // at a derivative of 9: 0.001 of 1 + 9
    await check({ tolerance: 0.0011 });
    await expect(check({ tolerance: 0.0009 })).rejects.toThrow("input 1, element 4");
  });

  test("heeds its step", async () => {
    const cube = tf.customGrad((x) => {
      const a = x as tf.Tensor;
      return {
        value: tf.sum(tf.mul(a, tf.square(a))),
        gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.mul(tf.square(a), 3)),
      };
    });
    const one = [{ values: [2], shape: [1] }];
    const check = (step: number) =>
      expectGradient(
        (x) => cube(x!),
        (x: number[]) => x[0]! ** 3,
        one,
        { step },
      );
    await check(1e-4);
    await expect(check(0.5)).rejects.toThrow("input 0, element 0: 12 for 12.25");
  });
});

describe("testNoLeak", () => {
  const kept: tf.Tensor[] = [];

  testNoLeak("passes for a block that disposes what it makes", () => {
    tf.ones([3]).dispose();
  });

  testNoLeak("lets the first call keep a constant", async () => {
    await Promise.resolve();
    if (kept.length === 0) kept.push(tf.ones([2]));
  });

  /** The body that testNoLeak hands to vitest for a block. */
  async function body(block: () => Promise<void> | void): Promise<() => Promise<void>> {
    let found: (() => Promise<void>) | undefined;
    vi.resetModules();
    vi.doMock("vitest", () => ({
      ...vitest,
      afterAll: () => {},
      test: (name: string, run: () => Promise<void>) => {
        expect(name).toBe("blur");
        found = run;
      },
    }));
    const fresh = await import("@ddl/testing/tensor");
    vi.doUnmock("vitest");
    fresh.testNoLeak("blur", block);
    return found!;
  }

  test("catches a tensor left behind, at once or later", async () => {
    const leaks = [
      () => void kept.push(tf.ones([3])),
      async () => {
        await Promise.resolve();
        kept.push(tf.ones([3]));
      },
    ];
    for (const block of leaks) {
      const before = tf.memory().numTensors;
      const run = await body(block);
      await expect(run()).rejects.toThrow(`expected ${before + 2} to be ${before + 1}`);
    }
  });

  test("catches a tensor too many disposed", async () => {
    kept.push(tf.ones([1]), tf.ones([1]));
    const run = await body(() => kept.pop()!.dispose());
    await expect(run()).rejects.toThrow(/^expected \d+ to be \d+/);
    tf.dispose(kept);
  });
});
