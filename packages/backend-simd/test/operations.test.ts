import { resetSimdProfile, simdProfile } from "@ddl/backend-simd";
import { groupNorm, instanceNorm } from "@ddl/backend-simd/operations";
import { isDdlError } from "@ddl/core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { numbers } from "./conformance.js";
import { expectNear } from "./fakeHost.js";
import golden from "./goldens/groupNorm.json" with { type: "json" };
import { groupNormReference } from "./groupNormReference.js";

interface GoldenCase {
  name: string;
  shape: number[];
  groups: number;
  epsilon: number;
  x: number[];
  dy: number[];
  y: number[];
  dx: number[];
  scale?: number[];
  offset?: number[];
  dScale?: number[];
  dOffset?: number[];
}

const cases = golden.cases as GoldenCase[];

/** y, and the gradients for `dy` with respect to x and, if they are given, scale and offset. */
function run({ name, shape, groups, epsilon, x, dy, scale, offset }: GoldenCase): Float32Array[] {
  return tf.tidy(() => {
    const inputs = [tf.tensor(x, shape), ...(scale && offset ? [tf.tensor(scale), tf.tensor(offset)] : [])];
    const f = (a: tf.Tensor, s?: tf.Tensor, o?: tf.Tensor): tf.Tensor => {
      const options = { scale: s, offset: o, epsilon };
      return name === "groupNorm" ? groupNorm(a, { groups, ...options }) : instanceNorm(a, options);
    };
    const { value, grads } = tf.valueAndGrads((...tensors) =>
      tf.sum(tf.mul(f(...(tensors as [tf.Tensor])), tf.tensor(dy, shape))),
    )(inputs);
    value.dispose();
    const y = f(...(inputs as [tf.Tensor]));
    expect(grads.map((one) => one.shape)).toEqual(inputs.map((one) => one.shape));
    expect([y.shape, y.dtype]).toEqual([shape, "float32"]);
    return [y, ...grads].map((one) => one.dataSync() as Float32Array);
  });
}

function heapBytes(): number {
  return (tf.memory() as unknown as { numBytesInHeap: number }).numBytesInHeap;
}

describe.each(["cpu", "simd"])("groupNorm and instanceNorm on %s", (backend) => {
  test.each(cases)("$name of $shape, $groups groups, epsilon $epsilon, as torch", async (one) => {
    await tf.setBackend(backend);
    const [y, dx, dScale, dOffset] = run(one);
    expectNear(y!, one.y, 2e-6, 4e-6, "y");
    expectNear(dx!, one.dx, 1e-5, 1e-5, "dx");
    expect([dScale === undefined, dOffset === undefined]).toEqual([!one.dScale, !one.dOffset]);
    if (one.dScale && one.dOffset) {
      expectNear(dScale!, one.dScale, 1e-5, 1e-5, "dScale");
      expectNear(dOffset!, one.dOffset, 1e-5, 1e-5, "dOffset");
    }
  });

  test("with scale alone and with offset alone", async () => {
    await tf.setBackend(backend);
    const shape = [2, 5, 3, 6];
    const [x, dy, channel] = [numbers(shape, 1).values, numbers(shape, 2).values, numbers([6], 3).values];
    const lengths = { batch: 2, pixels: 15, channels: 6, groups: 2 };
    for (const which of ["scale", "offset"] as const) {
      const expected = groupNormReference(lengths, { x, dy, [which]: channel, epsilon: 1e-5 });
      tf.tidy(() => {
        const f = (a: tf.Tensor, c: tf.Tensor): tf.Tensor =>
          tf.sum(tf.mul(groupNorm(a, { groups: 2, [which]: c }), tf.tensor(dy, shape)));
        const [dx, dChannel] = tf.grads(f as never)([tf.tensor(x, shape), tf.tensor(channel)]);
        expectNear(dx!.dataSync(), expected.dx, 1e-5, 1e-5);
        expectNear(dChannel!.dataSync(), which === "scale" ? expected.dScale : expected.dOffset, 1e-5, 1e-5);
      });
    }
  });

  test("with respect to the scale alone", async () => {
    await tf.setBackend(backend);
    const shape = [2, 5, 3, 6];
    const [x, dy, scale] = [numbers(shape, 1).values, numbers(shape, 2).values, numbers([6], 3).values];
    const expected = groupNormReference(
      { batch: 2, pixels: 15, channels: 6, groups: 3 },
      { x, dy, scale, epsilon: 1e-5 },
    );
    tf.tidy(() => {
      const f = (s: tf.Tensor): tf.Tensor =>
        tf.sum(tf.mul(groupNorm(tf.tensor(x, shape), { groups: 3, scale: s }), tf.tensor(dy, shape)));
      expectNear(tf.grad(f)(tf.tensor(scale)).dataSync(), expected.dScale, 1e-5, 1e-5);
    });
  });

  test("its gradient has a gradient", async () => {
    await tf.setBackend(backend);
    const shape = [2, 4, 6];
    const lengths = { batch: 2, pixels: 4, channels: 6, groups: 2 };
    const [x, dy, scale] = [numbers(shape, 4), numbers(shape, 5), numbers([6], 6)].map(({ values }) =>
      Float32Array.from(values),
    ) as [Float32Array, Float32Array, Float32Array];
    const weights = numbers(shape, 7).values;
    // The sum of the gradient of x by weights, and that in float64 for differences.
    const slope = (at: ArrayLike<number>, factors: ArrayLike<number>): number =>
      groupNormReference(lengths, { x: at, dy, scale: factors, epsilon: 0.01 }).dx.reduce(
        (s, d, k) => s + d * weights[k]!,
        0,
      );
    const difference = (values: Float32Array, of: (values: Float64Array) => number): number[] =>
      Array.from(values, (value, k) => {
        const [up, down] = [1e-5, -1e-5].map((step) => of(Float64Array.from(values).fill(value + step, k, k + 1)));
        return (up! - down!) / 2e-5;
      });
    tf.tidy(() => {
      const penalty = (a: tf.Tensor, s: tf.Tensor): tf.Tensor => {
        const inner = (b: tf.Tensor): tf.Tensor =>
          tf.sum(tf.mul(groupNorm(b, { groups: 2, scale: s, epsilon: 0.01 }), tf.tensor(dy, shape)));
        return tf.sum(tf.mul(tf.grad(inner)(a), tf.tensor(weights, shape)));
      };
      const [ofX, ofScale] = tf.grads(penalty as never)([tf.tensor(x, shape), tf.tensor(scale)]);
      const expectedX = difference(x, (values) => slope(values, scale));
      expectNear(ofX!.dataSync(), expectedX, 2e-5, 2e-5 * Math.max(...expectedX.map(Math.abs)));
      const expectedScale = difference(scale, (values) => slope(x, values));
      expectNear(ofScale!.dataSync(), expectedScale, 2e-5, 2e-5 * Math.max(...expectedScale.map(Math.abs)));
    });
  });

  test("an empty batch stays empty, and its gradients are 0", async () => {
    await tf.setBackend(backend);
    tf.tidy(() => {
      const x = tf.zeros([0, 3, 6]);
      expect(groupNorm(x, { groups: 2 }).shape).toEqual([0, 3, 6]);
      const f = (a: tf.Tensor, s: tf.Tensor): tf.Tensor => tf.sum(instanceNorm(a, { scale: s }));
      const [dx, dScale] = tf.grads(f as never)([x, tf.ones([6])]);
      expect(dx!.shape).toEqual([0, 3, 6]);
      expect([...dScale!.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
    });
  });

  test("whole numbers become float32", async () => {
    await tf.setBackend(backend);
    tf.tidy(() => {
      const x = tf.tensor([1, 5, 2, 9, 4, 0], [1, 3, 2], "int32");
      const y = instanceNorm(x, { scale: tf.tensor1d([2, 3], "int32"), epsilon: 1e-3 });
      expect(y.dtype).toBe("float32");
      const values = [1, 5, 2, 9, 4, 0];
      const lengths = { batch: 1, pixels: 3, channels: 2, groups: 2 };
      const expected = groupNormReference(lengths, { x: values, dy: values, scale: [2, 3], epsilon: 1e-3 }).y;
      expectNear(y.dataSync(), expected, 2e-6);
    });
  });

  test("leaves no tensor and no memory behind", async () => {
    await tf.setBackend(backend);
    const x = tf.tensor(numbers([2, 5, 6]).values, [2, 5, 6]);
    const [scale, offset] = [tf.ones([6]), tf.zeros([6])];
    const held = (): number[] => [
      tf.memory().numTensors,
      tf.memory().numDataBuffers,
      backend === "simd" ? heapBytes() : 0,
    ];
    const before = held();
    groupNorm(x, { groups: 3, scale, offset }).dispose();
    expect(held()).toEqual(before);
    const f = (a: tf.Tensor, s: tf.Tensor, o: tf.Tensor): tf.Tensor =>
      tf.sum(tf.square(groupNorm(a, { groups: 3, scale: s, offset: o })));
    tf.dispose(tf.grads(f as never)([x, scale, offset]));
    expect(held()).toEqual(before);
    const slope = (a: tf.Tensor): tf.Tensor => tf.grad((b) => tf.sum(tf.square(instanceNorm(b))))(a);
    tf.dispose(tf.grad(slope)(x));
    expect(held()).toEqual(before);
    tf.dispose([x, scale, offset]);
  });
});

test("on simd both directions are one kernel each, and large means lose nothing", async () => {
  await tf.setBackend("simd");
  const shape = [2, 35, 7, 24];
  const x = Float32Array.from(numbers(shape).values, (value, k) => 1e5 + (k % 24) + value);
  const lengths = { batch: 2, pixels: 245, channels: 24, groups: 4 };
  const expected = groupNormReference(lengths, { x, dy: x, epsilon: 1e-5 });
  resetSimdProfile();
  tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((a: tf.Tensor) => groupNorm(a, { groups: 4 }))(
      tf.tensor(x, shape),
      tf.ones(shape),
    );
    expectNear(value.dataSync(), expected.y, 2e-6, 2e-6);
    expect(grad.shape).toEqual(shape);
  });
  const calls = simdProfile().filter(({ kernel }) => kernel.startsWith("SimdGroupNorm"));
  expect(calls.map(({ kernel, where, calls: count }) => [kernel, where, count]).sort()).toEqual([
    ["SimdGroupNorm", "wasm", 1],
    ["SimdGroupNormGrad", "wasm", 1],
  ]);
});

function messageOf(action: () => unknown): string {
  try {
    tf.tidy(() => void action());
  } catch (error) {
    if (isDdlError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}

test.each<[() => unknown, string]>([
  [
    () => groupNorm([1, 2] as never, { groups: 1 }),
    "argument: groupNorm: x must be a tensor of numbers; received [1, 2].",
  ],
  [
    () => groupNorm(tf.tensor(["a", "b"], [1, 2]), { groups: 1 }),
    "argument: groupNorm: x must be a tensor of numbers; received an array of shape [1, 2].",
  ],
  [
    () => groupNorm(tf.zeros([6]), { groups: 1 }),
    "shape: groupNorm: x must have at least 2 axes (batch, …space, channels) and 1 channel; received [6].",
  ],
  [
    () => instanceNorm(tf.zeros([2, 0])),
    "shape: instanceNorm: x must have at least 2 axes (batch, …space, channels) and 1 channel; received [2, 0].",
  ],
  [
    () => groupNorm(tf.zeros([2, 6]), { groups: 4 }),
    "range: groupNorm: groups must divide the 6 channels of x; received 4.",
  ],
  [
    () => groupNorm(tf.zeros([2, 6]), { groups: 1.5 }),
    "range: groupNorm: groups must be an integer ≥ 1; received 1.5.",
  ],
  [
    () => groupNorm(tf.zeros([2, 6]), {} as never),
    "range: groupNorm: groups must be an integer ≥ 1; received undefined.",
  ],
  [
    () => groupNorm(tf.zeros([2, 6]), undefined as never),
    "argument: groupNorm: options must be an object; received undefined.",
  ],
  [
    () => groupNorm(tf.zeros([2, 6]), { groups: 2, eps: 1 } as never),
    'argument: groupNorm: options must have only the keys groups, scale, offset, epsilon; received "eps".',
  ],
  [
    () => instanceNorm(tf.zeros([2, 6]), { groups: 2 } as never),
    'argument: instanceNorm: options must have only the keys scale, offset, epsilon; received "groups".',
  ],
  [
    () => instanceNorm(tf.zeros([2, 6]), { epsilon: 0 }),
    "range: instanceNorm: epsilon must be a finite number > 0; received 0.",
  ],
  [
    () => instanceNorm(tf.zeros([2, 6]), { scale: tf.zeros([1, 6]) }),
    "shape: instanceNorm: scale must have shape [6]; received [1, 6].",
  ],
  [
    () => groupNorm(tf.zeros([2, 6]), { groups: 2, offset: tf.zeros([5]) }),
    "shape: groupNorm: offset must have shape [6]; received [5].",
  ],
  [
    () => groupNorm(tf.zeros([2, 6]), { groups: 2, offset: 3 as never }),
    "argument: groupNorm: offset must be a tensor of numbers; received 3.",
  ],
])("bad input %#: the fault is named", (action, message) => {
  expect(messageOf(action)).toBe(message);
});
