import { registerSimdBackend, resetSimdProfile, simdProfile } from "@ddl/backend-simd";
import { isDdlError } from "@ddl/core";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isDdlError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}

describe("options", () => {
  test.each([
    [
      { thread: 2 },
      'argument: registerSimdBackend: options must have only the keys threads, memoryLimit, workerUrl, relaxedSimd, precise, wasmUrl; received "thread".',
    ],
    [{ precise: 1 }, "argument: registerSimdBackend: precise must be true or false; received 1."],
    [{ relaxedSimd: "yes" }, 'argument: registerSimdBackend: relaxedSimd must be true or false; received "yes".'],
  ])("%j: the fault is named", (options, message) => {
    expect(codeOf(() => registerSimdBackend(options as never))).toBe(message);
  });
});

describe("the backend", () => {
  beforeAll(async () => {
    registerSimdBackend({ threads: 2, memoryLimit: 2 ** 26 });
    await tf.setBackend("simd");
  });
  afterAll(() => tf.disposeVariables());

  test("is in use, and cannot be registered again", () => {
    expect(tf.getBackend()).toBe("simd");
    expect(codeOf(() => registerSimdBackend())).toBe(
      "state: registerSimdBackend: the backend is in use already; options must come before its first use.",
    );
  });

  test("gives every byte back, and says exactly what it holds", () => {
    const held = (): number => (tf.memory() as unknown as { numBytesInHeap: number }).numBytesInHeap;
    expect(tf.memory().unreliable).toBe(false);
    const before = held();
    const x = tf.ones([1000, 10]);
    expect(held() - before).toBe(40_960);
    const view = tf.reshape(x, [10, 1000]);
    expect(held() - before).toBe(40_960);
    x.dispose();
    expect(held() - before).toBe(40_960);
    expect(view.dataSync()[9999]).toBe(1);
    view.dispose();
    expect(held()).toBe(before);
  });

  test("says what was asked for when memory is out, and works on", () => {
    const before = tf.memory().numTensors;
    expect(codeOf(() => tf.zeros([2 ** 25]))).toMatch(
      /^out-of-memory: allocate: 134217728 bytes must fit into the 67108864 bytes of the memory limit, of which \d+ are in use\.$/,
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(Array.from(tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).dataSync()))).toEqual([2, 3]);
  });

  test("gives a result back whose kernel fails in want of memory for itself", () => {
    const held = (): number => (tf.memory() as unknown as { numBytesInHeap: number }).numBytesInHeap;
    // Three of 16 MiB fit into 64, the copy of the second operand that the product makes does not.
    const a = tf.ones([2048, 2048]);
    const b = tf.ones([2048, 2048]);
    const before = [held(), tf.memory().numTensors];
    expect(codeOf(() => tf.matMul(a, b))).toMatch(/^out-of-memory: /);
    expect([held(), tf.memory().numTensors]).toEqual(before);
    tf.dispose([a, b]);
  });

  test("hands out numbers that outlive their tensor and do not change with it", async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const [now, later] = [x.dataSync(), await x.data()];
    x.dispose();
    tf.fill([3], 9).dispose();
    expect([Array.from(now), Array.from(later)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  test("takes tensors over from another backend", async () => {
    await tf.setBackend("cpu");
    const x = tf.tensor2d([
      [1, -2],
      [3, -4],
    ]);
    await tf.setBackend("simd");
    expect(Array.from(tf.tidy(() => tf.relu(tf.matMul(x, x)).dataSync()))).toEqual([0, 6, 0, 10]);
    x.dispose();
  });

  test("keeps integers, truth values, strings and complex numbers working", () => {
    tf.tidy(() => {
      expect(Array.from(tf.floorDiv(tf.tensor1d([7, -7], "int32"), 2).dataSync())).toEqual([3, -4]);
      expect(Array.from(tf.logicalNot(tf.tensor1d([1, 0], "bool")).dataSync())).toEqual([0, 1]);
      expect(Array.from(tf.cast(tf.tensor1d([1.7, -1.7, 0]), "int32").dataSync())).toEqual([1, -1, 0]);
      expect(Array.from(tf.cast(tf.tensor1d([0.5, 0, -3]), "bool").dataSync())).toEqual([1, 0, 1]);
      expect(Array.from(tf.mul(tf.cast(tf.tensor1d([2, 3], "int32"), "float32"), 0.5).dataSync())).toEqual([1, 1.5]);
      expect(tf.concat([tf.tensor1d(["a"]), tf.tensor1d(["b"])]).dataSync()).toEqual(["a", "b"]);
      expect(Array.from(tf.real(tf.mul(tf.complex([1], [2]), tf.complex([3], [4]))).dataSync())).toEqual([-5]);
    });
  });

  test("counts which kernels ran where", () => {
    resetSimdProfile();
    tf.tidy(() => tf.erf(tf.matMul(tf.ones([2, 3]), tf.ones([3, 2]))));
    const profile = simdProfile();
    expect(profile.find(({ kernel }) => kernel === "BatchMatMul")).toMatchObject({ where: "wasm", calls: 1 });
    expect(profile.find(({ kernel }) => kernel === "Erf")).toMatchObject({ where: "inherited", calls: 1 });
    resetSimdProfile();
    expect(simdProfile()).toEqual([]);
  });

  test("trains as cpu does: the same losses after ten steps of Adam", async () => {
    const losses: Record<string, number[]> = {};
    for (const backend of ["cpu", "simd"]) {
      await tf.setBackend(backend);
      const initializer = (seed: number) => tfl.initializers.heNormal({ seed });
      const model = tfl.sequential({
        layers: [
          tfl.layers.conv2d({
            filters: 5,
            kernelSize: 3,
            padding: "same",
            inputShape: [10, 8, 3],
            kernelInitializer: initializer(1),
          }),
          tfl.layers.batchNormalization(),
          tfl.layers.reLU(),
          tfl.layers.maxPooling2d({ poolSize: 2 }),
          tfl.layers.conv2d({
            filters: 7,
            kernelSize: 3,
            strides: 2,
            activation: "relu",
            kernelInitializer: initializer(2),
          }),
          tfl.layers.flatten(),
          tfl.layers.dense({ units: 2, activation: "softmax", kernelInitializer: initializer(3) }),
        ],
      });
      model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
      const x = tf.randomNormal([6, 10, 8, 3], 0, 1, "float32", 7);
      const y = tf.oneHot(tf.tensor1d([0, 1, 0, 1, 0, 1], "int32"), 2);
      const { history } = await model.fit(x, y, { epochs: 10, batchSize: 6, shuffle: false, verbose: 0 });
      losses[backend] = history["loss"] as number[];
      tf.dispose([x, y]);
      model.dispose();
    }
    expect(losses["simd"]!.at(-1)).toBeLessThan(0.95 * losses["simd"]![0]!);
    for (const [k, loss] of losses["cpu"]!.entries()) expect(losses["simd"]![k]).toBeCloseTo(loss, 4);
  });
});
