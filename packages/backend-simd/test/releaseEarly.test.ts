import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@ddl/backend-simd";
import { beforeEach, expect, test } from "vitest";

beforeEach(async () => void (await tf.setBackend("simd")));

const held = (): number => (tf.memory() as unknown as { numBytesInHeap: number }).numBytesInHeap;
const array = (x: tf.Tensor): number[] => Array.from(x.dataSync());

type Custom = (...inputs: tf.Tensor[]) => {
  value: tf.Tensor;
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
};

/** tf.customGrad, whose types do not let a function have named inputs. */
const customGrad = (f: Custom): ((...inputs: tf.Tensor[]) => tf.Tensor) => tf.customGrad(f as never);

/** x, and a look at the memory when its gradient passes. */
function watched(x: tf.Tensor, look: () => void): tf.Tensor {
  return customGrad((a) => ({
    value: tf.mul(a!, 1),
    gradFunc: (dy) => {
      look();
      return tf.mul(dy, 1);
    },
  }))(x);
}

test("a chain of operations holds few gradients at a time, and few of the tensors saved for them", () => {
  const bytes = 4 * 100_000;
  const x = tf.ones([100_000]);
  let atTheEnd = 0;
  const before = held();
  const length = 24;
  const dx = tf.grad((a) => {
    let y = watched(a, () => {
      atTheEnd = held() - before;
    });
    for (let k = 0; k < length; k++) y = tf.square(tf.sin(tf.add(y, 1)));
    return tf.sum(y);
  })(x);
  // All of them would be five a step of the chain.
  expect(atTheEnd).toBeLessThan(8 * bytes);
  expect(array(dx)[0]).not.toBe(0);
  tf.dispose([x, dx]);
  expect(held()).toBeLessThanOrEqual(before);
});

test("gradients that are one tensor, the gradient itself, or somebody else's stay", () => {
  const kept = tf.keep(tf.tensor1d([5, 6, 7]));
  const twice = customGrad((a, b) => ({
    value: tf.add(a!, b!),
    gradFunc: (dy) => {
      const both = tf.mul(dy, 2);
      return [both, both];
    },
  }));
  const same = customGrad((a) => ({ value: tf.mul(a!, 1), gradFunc: (dy) => dy }));
  const constant = customGrad((a) => ({ value: tf.mul(a!, 1), gradFunc: () => kept }));
  const saving = customGrad(((a: tf.Tensor, save: (tensors: tf.Tensor[]) => void) => {
    save([a]);
    return { value: tf.mul(a!, 1), gradFunc: (_dy: tf.Tensor, saved: tf.Tensor[]) => saved[0]! };
  }) as unknown as Custom);
  const f = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
    // Both inputs of `twice` have the same gradient, and pass it on at different times.
    const left = tf.mul(same(a), 3);
    const right = tf.mul(tf.mul(same(b), 4), 5);
    return tf.mul(twice(left as never, right), 2);
  };
  const [da, db] = tf.grads(f)([tf.tensor1d([1, 2, 3]), tf.tensor1d([4, 5, 6])]);
  expect([array(da!), array(db!)]).toEqual([
    [12, 12, 12],
    [80, 80, 80],
  ]);
  const dc = tf.grad((a) => tf.mul(constant(tf.mul(a, 2)), 9))(tf.tensor1d([1, 1, 1]));
  expect(array(dc)).toEqual([10, 12, 14]);
  expect(array(kept)).toEqual([5, 6, 7]);
  const ds = tf.grad((a) => tf.mul(saving(tf.mul(a, 2)), 9))(tf.tensor1d([1, 2, 3]));
  expect(array(ds)).toEqual([4, 8, 12]);
});

test("the caller's own gradient stays, in a tidy and outside", () => {
  const dy = tf.tensor1d([1, 2]);
  expect(array(tf.grad((a) => tf.mul(tf.square(a), 3))(tf.tensor1d([1, 10]), dy))).toEqual([6, 120]);
  expect(array(dy)).toEqual([1, 2]);
  const inside = tf.tidy(() => {
    const own = tf.tensor1d([3, 4]);
    const dx = tf.grad((a) => tf.square(a))(tf.tensor1d([1, 10]), own);
    return tf.add(dx, own);
  });
  expect(array(inside)).toEqual([9, 84]);
});

test("an input that is used often has the sum of its gradients", () => {
  const dx = tf.grad((a) => tf.sum(tf.add(tf.add(tf.square(a), tf.mul(a, tf.sin(a))), a)))(tf.tensor1d([0.5, -2]));
  const expected = [0.5, -2].map((x) => 2 * x + Math.sin(x) + x * Math.cos(x) + 1);
  for (const [k, value] of array(dx).entries()) expect(value).toBeCloseTo(expected[k]!, 5);
});

test("gradients of gradients are right, three deep", () => {
  const third = tf.grad(tf.grad(tf.grad((a) => tf.mul(tf.mul(a, a), tf.mul(a, a)))));
  expect(array(third(tf.tensor1d([1, 2, -3])))).toEqual([24, 48, -72]);
  // An inner gradient whose value and slope both go on.
  const mixed = tf.grad((a) => {
    const { value, grad } = tf.valueAndGrad((b) => tf.mul(tf.square(b), b))(a);
    return tf.sum(tf.mul(value, grad));
  })(tf.tensor1d([1, 2]));
  // (x³ · 3x²)' = 15 x⁴
  expect(array(mixed)).toEqual([15, 240]);
});

test("an error on the way back leaves the next gradient right", () => {
  const fails = customGrad((a) => ({
    value: tf.mul(a!, 1),
    gradFunc: (): tf.Tensor => {
      throw new Error("no gradient");
    },
  }));
  expect(() => tf.grad((a) => tf.sum(tf.square(fails(a))))(tf.tensor1d([1, 2]))).toThrow("no gradient");
  expect(array(tf.grad((a) => tf.sum(tf.square(a)))(tf.tensor1d([1, 2])))).toEqual([2, 4]);
});

test("other backends are left alone", async () => {
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  const dx = tf.tidy(() => tf.grad((a) => tf.sum(tf.square(tf.sin(a))))(tf.tensor1d([0.5])));
  expect(array(dx)[0]).toBeCloseTo(Math.sin(1), 5);
  dx.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
