import { pickBackend } from "@ddl/training";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { probeResult, probeTraining } from "../src/backend/trainingProbe.js";
import golden from "./goldens/trainingProbe.json" with { type: "json" };

// In this order: nothing is registered before the first test.
describe("pickBackend", () => {
  test("lists what is in the way of each backend if none is left", async () => {
    const load = Object.fromEntries(
      ["tensorflow", "webgpu", "webgl", "simd", "wasm", "cpu"].map((name) => [
        name,
        async () => {
          if (name !== "cpu") throw new Error(`no ${name}.\nlong story`);
        },
      ]),
    );
    await expect(pickBackend({ load })).rejects.toThrow(
      expect.objectContaining({
        code: "backend",
        message:
          "pickBackend: no backend can train: tensorflow does not load: no tensorflow; webgpu does not load: no webgpu; " +
          "webgl does not load: no webgl; simd does not load: no simd; wasm does not load: no wasm; cpu is not supported here.",
      }),
    );
  });

  test("takes the fastest of those that are installed and can train, and says why", { timeout: 120_000 }, async () => {
    const load = { wasm: () => import("@tensorflow/tfjs-backend-wasm") };
    const { name, reason, tried } = await pickBackend({ load });
    expect(name).toBe("simd");
    expect(tf.getBackend()).toBe("simd");
    expect(tried).toEqual([
      { name: "tensorflow", problem: "is not installed" },
      { name: "webgpu", problem: "needs navigator.gpu, in Node by the package webgpu" },
      { name: "webgl", problem: "does not work in Node" },
      { name: "simd", milliseconds: expect.any(Number) },
      { name: "wasm", problem: "cannot train: Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'" },
    ]);
    expect(reason).toMatch(
      /^simd: the fastest, [\d.]+ ms a step \(tensorflow is not installed; .*; wasm cannot train: Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'\)$/,
    );
    expect(tf.memory().numTensors).toBe(0);
  });

  test("takes the first preferred one that can train, without measuring", async () => {
    expect(await pickBackend({ prefer: ["webgpu", "cpu", "simd"] })).toEqual({
      name: "cpu",
      reason: "cpu: preferred (webgpu needs navigator.gpu, in Node by the package webgpu)",
      tried: [{ name: "webgpu", problem: "needs navigator.gpu, in Node by the package webgpu" }, { name: "cpu" }],
    });
    expect(tf.getBackend()).toBe("cpu");
    expect((await pickBackend({ prefer: "simd" })).reason).toBe("simd: preferred");
  });

  test("looks on when no preferred one can train", async () => {
    const { name, tried } = await pickBackend({ prefer: "wasm" });
    expect(name).toBe("simd");
    expect(tried[0]).toMatchObject({ name: "wasm", problem: expect.stringContaining("cannot train") });
  });

  test("loads what it is given, and drops a backend whose gradients are wrong", async () => {
    let loads = 0;
    const load = {
      wrong: async () => {
        loads++;
        tf.copyRegisteredKernels("cpu", "wrong");
        const name = "Conv2DBackpropFilter";
        const { kernelFunc } = tf.getKernel(name, "cpu");
        tf.unregisterKernel(name, "wrong");
        const twice: tf.KernelFunc = (parts) => {
          const result = kernelFunc(parts) as tf.TensorInfo;
          const values = (parts.backend as unknown as { data: tf.DataStorage<{ values: Float32Array }> }).data.get(
            result.dataId,
          ).values;
          for (let i = 0; i < values.length; i++) values[i]! *= 1.1;
          return result;
        };
        tf.registerKernel({ kernelName: name, backendName: "wrong", kernelFunc: twice });
        tf.registerBackend("wrong", tf.engine().findBackendFactory("cpu"));
      },
    };
    const { reason } = await pickBackend({ prefer: ["wrong", "simd"], load });
    expect(reason).toMatch(
      /^simd: preferred \(wrong cannot train: probeTraining: the step must give 5\.58398021, 6\.2872582, 165\.93107; received 5\.58\d*, 7\.6\d*, 200\.\d*\)$/,
    );
    expect(tf.getBackend()).toBe("simd");
    await pickBackend({ prefer: ["wrong", "simd"], load });
    expect(loads).toBe(1);
  });

  test.each([
    [{ prefers: "simd" }, 'pickBackend: options must have only the keys prefer, load; received "prefers".'],
    [
      { prefer: "smid", load: { mine: async () => {} } },
      'pickBackend: prefer must be one of "tensorflow", "webgpu", "webgl", "simd", "wasm", "cpu", "mine"; received "smid".',
    ],
    [{ prefer: 7 }, "pickBackend: prefer must be a name or a list of names; received 7."],
    [
      { load: { webgl: "webgl" } },
      'pickBackend: load.webgl must be a function that imports the backend; received "webgl".',
    ],
    [{ load: null }, "pickBackend: load must be an object of functions; received null."],
  ])("refuses %o", async (options, message) => {
    if (tf.findBackend("wrong") !== null) tf.removeBackend("wrong");
    await expect(pickBackend(options as never)).rejects.toThrow(message);
  });
});

test("the numbers that a backend must give are torch's", async () => {
  const { made: _, ...numbers } = golden;
  for (const [name, number] of Object.entries(numbers)) {
    expect(probeResult[name as keyof typeof probeResult] / number).toBeCloseTo(1, 8);
  }
  // A batch of equal pictures has the same means.
  await expect(probeTraining(3)).resolves.toBeGreaterThan(0);
});
