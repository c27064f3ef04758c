import { registerSimdBackend, simdStatus } from "@ddl/backend-simd";
import { isDdlError } from "@ddl/core";
import type { Runtime } from "@ddl/simd";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return isDdlError(error) ? `${error.code}: ${error.message}` : (error as Error).message;
  }
  return "no error";
}

const held = (): number[] => {
  const { numTensors, numBytesInHeap } = tf.memory() as unknown as { numTensors: number; numBytesInHeap: number };
  return [numTensors, numBytesInHeap];
};

describe("options that cannot be", () => {
  const threads = "range: registerSimdBackend: threads must be an integer ≥ 1 and ≤ 256";
  test.each([
    [{ threads: 0 }, `${threads}; received 0.`],
    [{ threads: 1e6 }, `${threads}; received 1000000.`],
    [{ threads: 1.5 }, `${threads}; received 1.5.`],
    [
      { memoryLimit: 1000 },
      "range: registerSimdBackend: memoryLimit must be an integer ≥ 1048576 and ≤ 4294967296; received 1000.",
    ],
    [{ wasmUrl: 7 }, "argument: registerSimdBackend: wasmUrl must be a string or a URL; received 7."],
    [
      { stallTimeout: 7 },
      "argument: registerSimdBackend: options must have only the keys threads, memoryLimit, workerUrl, relaxedSimd, precise, " +
        'wasmUrl; received "stallTimeout".',
    ],
  ])("%j: the fault is named, at once", (options, message) => {
    expect(messageOf(() => registerSimdBackend(options as never))).toBe(message);
  });
});

test("a start that fails gives false, tells why, and may be tried again", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  registerSimdBackend({ threads: 2, memoryLimit: 2 ** 26, wasmUrl: "no/such.wasm" });
  expect(simdStatus()).toEqual({ threads: 0, threadsLost: undefined, failure: undefined });
  expect(await tf.setBackend("simd")).toBe(false);
  const warnings = warned.mock.calls.flat().join("\n");
  warned.mockRestore();
  const { failure } = simdStatus();
  expect(failure?.message).toMatch(
    /^loadKernels: no\/such\.wasm cannot be read: ENOENT: no such file or directory, .*\.$/,
  );
  expect(warnings).toContain(failure!.message);
  await tf.setBackend("cpu");
  expect(tf.tidy(() => tf.add(2, 3).dataSync()[0])).toBe(5);
  registerSimdBackend({ threads: 2, memoryLimit: 2 ** 26 });
  expect(await tf.setBackend("simd")).toBe(true);
  expect(simdStatus()).toEqual({ threads: 2, threadsLost: undefined, failure: undefined });
});

test("a second registration before the start has ended leaves no threads behind", async () => {
  tf.removeBackend("simd");
  registerSimdBackend({ threads: 3, memoryLimit: 2 ** 26 });
  const [memories, Memory] = [vi.fn(), WebAssembly.Memory];
  vi.spyOn(WebAssembly, "Memory").mockImplementation(function (
    this: unknown,
    descriptor: WebAssembly.MemoryDescriptor,
  ) {
    if (descriptor.maximum === 2 ** 10) memories();
    return new Memory(descriptor);
  } as never);
  const first = tf.setBackend("simd");
  registerSimdBackend({ threads: 2, memoryLimit: 2 ** 26 });
  expect([await first, await tf.setBackend("simd")]).toEqual([false, true]);
  vi.restoreAllMocks();
  // One memory for each start, and none for having looked whether there is a backend.
  expect(memories).toHaveBeenCalledTimes(2);
  expect(simdStatus()).toMatchObject({ threads: 2, failure: undefined });
});

describe("the running backend", () => {
  beforeAll(async () => {
    await tf.setBackend("simd");
  });
  afterAll(() => tf.disposeVariables());

  const tensors: Record<string, [() => unknown, string]> = {
    add: [
      () => tf.add(tf.ones([2, 3]), tf.ones([2, 4])),
      "Operands could not be broadcast together with shapes 2,3 and 2,4.",
    ],
    matMul: [
      () => tf.matMul(tf.ones([2, 3]), tf.ones([4, 5])),
      "Error in matMul: inner shapes (3) and (4) of Tensors with shapes 2,3 and 4,5 and transposeA=false and transposeB=false must match.",
    ],
    "matMul in batches": [
      () => tf.matMul(tf.ones([2, 2, 3]), tf.ones([3, 3, 5])),
      "Operands could not be broadcast together with shapes 2 and 3.",
    ],
    conv2d: [
      () => tf.conv2d(tf.ones([1, 5, 4, 3]) as tf.Tensor4D, tf.ones([3, 2, 2, 7]) as tf.Tensor4D, 1, "same"),
      "Error in conv2d: depth of input (3) must match input depth for filter 2.",
    ],
    depthwiseConv2d: [
      () => tf.depthwiseConv2d(tf.ones([1, 5, 4, 3]) as tf.Tensor4D, tf.ones([3, 2, 2, 7]) as tf.Tensor4D, 1, "same"),
      "Error in depthwiseConv2d: number of input channels (3) must match the inChannels dimension in filter 2.",
    ],
    concat: [
      () => tf.concat([tf.ones([2, 3]), tf.ones([3, 4])], 0),
      "Error in concat2D: Shape of tensors[1] (3,4) does not match the shape of the rest (2,3) along the non-concatenated axis 1.",
    ],
    gather: [
      () => tf.gather(tf.ones([2, 3]), tf.tensor1d([0, 5], "int32"), 0),
      "GatherV2: the index value 5 is not in [0, 1]",
    ],
    slice: [
      () => tf.slice(tf.ones([2, 3]), [0, 2], [2, 3]),
      "Error in slice2D: begin[1] + size[1] (5) would overflow input.shape[1] (3)",
    ],
    reshape: [() => tf.reshape(tf.ones([2, 3]), [4, 2]), "Size(6) must match the product of shape 4,2"],
    sum: [() => tf.sum(tf.ones([2, 3]), 2), "All values in axis param must be in range [-2, 2) but got axis 2"],
    where: [
      () => tf.where(tf.tensor1d([1, 0], "bool"), tf.ones([2]), tf.ones([3])),
      "Operands could not be broadcast together with shapes 2 and 3.",
    ],
    "conv2d of int32": [
      () => tf.conv2d(tf.ones([1, 5, 4, 3], "int32") as tf.Tensor4D, tf.ones([3, 2, 3, 7]) as tf.Tensor4D, 1, "same"),
      "Argument 'x' passed to 'conv2d' must be float32 tensor, but got int32 tensor",
    ],
    "add of strings": [
      () => tf.add(tf.tensor1d(["a"]), tf.tensor1d(["b"])),
      "Argument 'a' passed to 'add' must be numeric tensor, but got string tensor",
    ],
    "matMul of complex64": [
      () => tf.matMul(tf.complex([[1]], [[2]]), tf.complex([[1]], [[2]])),
      "matMul does not support complex64 tensors in the CPU backend.",
    ],
    "gather of complex64": [
      () => tf.gather(tf.complex([1, 5], [2, 6]), tf.tensor1d([1], "int32")),
      "gatherV2 does not support complex64 tensors in the CPU backend.",
    ],
    "a cast to string": [() => tf.cast(tf.tensor1d([1.5]), "string"), "Only strings can be casted to strings"],
  };

  test.each(Object.entries(tensors))(
    "refuses tensors that do not fit %s, and keeps nothing of them",
    (_, [act, said]) => {
      // Makes the threads' scratch, which stays.
      tf.tidy(() => tf.transpose(tf.ones([2, 3])));
      const before = held();
      expect(messageOf(() => tf.tidy(() => act() as tf.Tensor))).toBe(said);
      expect(held()).toEqual(before);
    },
  );

  test("computes with integers, truth values, strings and complex numbers where cpu does", () => {
    const cases: [() => tf.Tensor, string, unknown[]][] = [
      [() => tf.add(tf.tensor1d([7, -7], "int32"), tf.tensor1d([2, 3], "int32")), "int32", [9, -4]],
      [() => tf.add(tf.tensor1d([7, -7], "int32"), tf.tensor1d([0.5, 0.25])), "float32", [7.5, -6.75]],
      [() => tf.add(tf.complex([1, 5], [2, 6]), tf.complex([3, 7], [4, 8])), "complex64", [4, 6, 12, 14]],
      [
        () => tf.matMul(tf.tensor2d([[1, 2, 3]], [1, 3], "int32"), tf.tensor2d([4, 5, 6, 7, 8, 9], [3, 2], "int32")),
        "int32",
        [40, 46],
      ],
      [
        () => tf.matMul(tf.tensor2d([1, 0, 1], [1, 3], "bool"), tf.tensor2d([1, 0, 0, 1, 0, 1], [3, 2], "bool")),
        "bool",
        [1, 1],
      ],
      [() => tf.gather(tf.tensor1d([5, 6, 7], "int32"), tf.tensor1d([2, 0], "int32")), "int32", [7, 5]],
      [() => tf.gather(tf.tensor1d([1, 0, 0], "bool"), tf.tensor1d([2, 0], "int32")), "bool", [0, 1]],
      [() => tf.concat([tf.tensor1d([5, 6], "int32"), tf.tensor1d([7], "int32")]), "int32", [5, 6, 7]],
      [() => tf.concat([tf.tensor1d([1, 0], "bool"), tf.tensor1d([1], "bool")]), "bool", [1, 0, 1]],
      [() => tf.concat([tf.tensor1d(["a", "ö"]), tf.tensor1d(["c"])]), "string", ["a", "ö", "c"]],
      [() => tf.concat([tf.complex([1], [2]), tf.complex([3, 5], [4, 6])]), "complex64", [1, 2, 3, 4, 5, 6]],
      [() => tf.cast(tf.cast(tf.tensor1d([1.7, -2.7, 0]), "int32"), "float32"), "float32", [1, -2, 0]],
      [() => tf.cast(tf.cast(tf.tensor1d([1.7, -2.7, 0]), "bool"), "int32"), "int32", [1, 1, 0]],
      [() => tf.cast(tf.cast(tf.tensor1d([1, 0, 1], "bool"), "float32"), "bool"), "bool", [1, 0, 1]],
      [() => tf.cast(tf.tensor1d([3, -4], "int32"), "complex64"), "complex64", [3, 0, -4, 0]],
      [() => tf.cast(tf.cast(tf.tensor1d([1.5, -2]), "complex64"), "float32"), "float32", [1.5, -2]],
    ];
    for (const [act, dtype, values] of cases) {
      const before = held();
      tf.tidy(() => {
        const result = act();
        expect([result.dtype, Array.from(result.dataSync() as ArrayLike<unknown>)]).toEqual([dtype, values]);
      });
      expect(held()).toEqual(before);
    }
  });

  test("gives back all that a training step had, wherever in it memory is out, and trains on", async () => {
    const weights = (seed: number) => ({ kernelInitializer: tfl.initializers.heNormal({ seed }) });
    const model = tfl.sequential({
      layers: [
        tfl.layers.conv2d({
          ...weights(1),
          filters: 16,
          kernelSize: 3,
          padding: "same",
          inputShape: [40, 36, 5],
          activation: "relu",
        }),
        tfl.layers.batchNormalization(),
        tfl.layers.maxPooling2d({ poolSize: 2 }),
        tfl.layers.conv2d({ ...weights(2), filters: 24, kernelSize: [3, 2], strides: 2, activation: "relu" }),
        tfl.layers.flatten(),
        tfl.layers.dense({ ...weights(3), units: 3 }),
      ],
    });
    const x = tf.randomNormal([6, 40, 36, 5], 0, 1, "float32", 7);
    const y = tf.randomNormal([6, 3], 0, 1, "float32", 8);
    const optimizer = tf.train.adam(0.01);
    const step = async (): Promise<number | Error> => {
      try {
        const loss = (): tf.Scalar => tf.losses.meanSquaredError(y, model.apply(x, { training: true }) as tf.Tensor);
        const value = optimizer.minimize(loss, true)!;
        const [number] = value.dataSync();
        value.dispose();
        return number!;
      } catch (error) {
        return error as Error;
      } finally {
        // Sums of batch normalisation are kept for the other gradients until the turn of the event loop ends.
        await Promise.resolve();
      }
    };
    // The optimizer's state and the threads' scratch are made, and stay.
    for (let warm = 0; warm < 2; warm++) expect(await step()).toBeGreaterThan(0);
    const trained = held();
    const { heap } = (tf.backend() as unknown as { runtime: Runtime }).runtime;
    const blocks: number[] = [];
    for (const bytes of [2 ** 16, 2 ** 12, 64]) {
      while (messageOf(() => blocks.push(heap.allocate(bytes))) === "no error");
    }
    const outOfMemory =
      /^allocate: \d+ bytes must fit into the 67108864 bytes of the memory limit, of which \d+ are in use\.$/;
    const places = new Set<string>();
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 50;
    for (;;) {
      const before = held();
      const result = await step();
      expect(held(), String(result)).toEqual(before);
      if (typeof result === "number") break;
      expect(result.message).toMatch(outOfMemory);
      // The first line of the trace that is of an operation, layer or gradient tells how far the step came.
      places.add(/at (\w+_|\w+\.call|gradFunc|\w+\.gradFunc) /.exec(result.stack!)?.[1] ?? "");
      // A little more room, so that the next attempt fails further on.
      heap.free(blocks.shift()!);
    }
    Error.stackTraceLimit = stackTraceLimit;
    for (const pointer of blocks) heap.free(pointer);
    expect(held()).toEqual(trained);
    expect(places.size, [...places].join()).toBeGreaterThan(3);
    const losses: (number | Error)[] = [];
    for (let k = 0; k < 20; k++) losses.push(await step());
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    expect(held()).toEqual(trained);
    tf.dispose([x, y]);
    model.dispose();
    optimizer.dispose();
  });
});
