import { deformConv2d, deformConv2dTranspose } from "@ddl/deform-conv";
import { testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import golden from "../goldens/deformConv2dTranspose.json" with { type: "json" };
import type { Entry } from "../goldenTensors.js";
import { expectClose, tensorOf } from "../goldenTensors.js";

const random = (shape: number[], seed: number): Tensor => tf.randomNormal(shape, 0, 1, "float32", seed);
const entryOf = async (t: Tensor): Promise<Entry> => ({ shape: t.shape, values: [...(await t.data())] });

function valueAndGradients(inputs: Record<string, Tensor>, options: object, cotangent: Tensor): Record<string, Tensor> {
  const names = Object.keys(inputs);
  const { value, grads } = tf.valueAndGrads((...given: Tensor[]) => {
    const { y, filter, offset, ...branches } = Object.fromEntries(names.map((name, k) => [name, given[k]!]));
    return deformConv2dTranspose(y!, filter!, offset!, { ...options, ...branches }) as Tensor;
  })(Object.values(inputs), cotangent);
  return { value, ...Object.fromEntries(names.map((name, k) => [name, grads[k]!])) };
}

/** What holds for `deformConv2dTranspose` on every backend. */
export function deformConv2dTransposeCases(): void {
  test.each(golden.cases)(
    "$name: value and gradients as torchvision",
    async ({ inputs, options, cotangent, ...expected }) => {
      const tensors = Object.fromEntries(
        Object.entries(inputs).map(([name, entry]) => [name, tensorOf(entry as Entry)]),
      );
      const { value, ...gradients } = valueAndGradients(tensors, options, tensorOf(cotangent));
      await expectClose("value", value!, expected.value);
      expect(Object.keys(gradients).sort()).toEqual(Object.keys(expected.gradients).sort());
      for (const [name, entry] of Object.entries(expected.gradients)) {
        await expectClose(name, gradients[name]!, entry as Entry);
      }
    },
  );

  test("one value on 2 × 3 pixels, by hand", async () => {
    const y = tf.tensor([8], [1, 1, 1, 1]);
    const offset = tf.tensor([0.25, 1.5, 0.5, 9], [1, 1, 1, 4]);
    const filter = tf.tensor([2, 5], [1, 2, 1, 1]);
    const got = deformConv2dTranspose(y, filter, offset, { outputShape: [2, 3], strides: [2, 2] });
    // 16 between columns 1 and 2, a quarter of it one row down; the other tap is outside.
    expect([...(await got.data())]).toEqual([0, 6, 6, 0, 2, 2]);
  });

  test("zero offsets are tf.conv2dTranspose, with its gradient", async () => {
    const y = random([2, 3, 4, 5], 1);
    const filter = random([3, 2, 3, 5], 2);
    for (const padding of ["same", "valid"] as const) {
      const size: [number, number] = padding === "same" ? [6, 4] : [7, 5];
      const plain = tf.conv2dTranspose(y as tf.Tensor4D, filter as tf.Tensor4D, [2, ...size, 3], [2, 1], padding);
      const v = random([2, ...size, 3], 3);
      const inputs = { y, filter, offset: tf.zeros([2, 3, 4, 12]) };
      const got = valueAndGradients(inputs, { strides: [2, 1], padding }, v);
      await expectClose(`${padding} value`, got["value"]!, await entryOf(plain));
      const ofY = tf.conv2d(v as tf.Tensor4D, filter as tf.Tensor4D, [2, 1], padding);
      await expectClose(`${padding} y`, got["y"]!, await entryOf(ofY));
    }
  });

  test("⟨Ax, y⟩ = ⟨x, Aᵀy⟩", async () => {
    const small = (max: number) => fc.integer({ min: 1, max });
    const setting = fc.record({
      size: fc.tuple(fc.integer({ min: 4, max: 7 }), fc.integer({ min: 4, max: 7 })),
      kernel: fc.tuple(small(3), small(2)),
      strides: fc.tuple(small(3), small(2)),
      padding: fc.constantFrom("same" as const, "valid" as const, 1),
      groups: small(2),
      offsetGroups: fc.constantFrom(1, 3),
      seed: small(10_000),
    });
    const property = fc.asyncProperty(setting, async ({ size, kernel, groups, seed, ...shared }) => {
      const sums = tf.tidy(() => {
        const x = random([2, ...size, 6], seed);
        const filter = random([...kernel, 6 / groups, 4], seed + 1);
        const shape = (k: 0 | 1) => {
          const { padding, strides } = shared;
          if (padding === "same") return Math.ceil(size[k] / strides[k]);
          return Math.floor((size[k] + (padding === 1 ? 2 : 0) - kernel[k]) / strides[k]) + 1;
        };
        const grid = [2, shape(0), shape(1)];
        const taps = kernel[0] * kernel[1] * shared.offsetGroups;
        const offset = random([...grid, 2 * taps], seed + 2);
        const options = { ...shared, mask: random([...grid, taps], seed + 3) };
        const y = random([...grid, 4], seed + 4);
        const products = tf.mul(deformConv2d(x, filter, offset, options), y);
        const back = deformConv2dTranspose(y, filter, offset, { ...options, groups, outputShape: size });
        return [tf.sum(products), tf.sum(tf.mul(x, back)), tf.sum(tf.abs(products))];
      });
      const [left, right, scale] = await Promise.all(sums.map(async (t) => (await t.data())[0]));
      tf.dispose(sums);
      expect(Math.abs(left! - right!)).toBeLessThanOrEqual(1e-4 * (1 + scale!));
    });
    // Every shape compiles programs of its own on webgl.
    await fc.assert(property, { numRuns: tf.getBackend().startsWith("webg") ? 3 : 25 });
    // Each setting has shapes of its own, for which webgl compiles programs.
  }, 240_000);

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    const inputs = {
      y: tf.ones([1, 2, 3, 4]),
      filter: tf.ones([2, 1, 3, 4]),
      offset: tf.zeros([1, 2, 3, 4]),
      mask: tf.ones([1, 2, 3, 2]),
      bias: tf.ones([3]),
    };
    const cotangent = tf.ones([1, 3, 3, 3]);
    const { y, filter, offset } = inputs;
    deformConv2dTranspose(y, filter, offset).dispose();
    tf.dispose([inputs, cotangent, valueAndGradients(inputs, {}, cotangent)]);
  });
}
