import { deformPool2d } from "@ddl/deform-conv";
import { testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import golden from "../goldens/deformPool2d.json" with { type: "json" };
import { casesOn, expectClose, tensorOf } from "../goldenTensors.js";

type Options = Parameters<typeof deformPool2d>[2];
const random = (shape: number[], seed: number): Tensor => tf.randomNormal(shape, 0, 1, "float32", seed);
const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())].map((v) => v + 0);

function valueAndGradients(
  x: Tensor,
  offset: Tensor,
  options: Options,
  dy: Tensor,
): { value: Tensor; grads: Tensor[] } {
  return tf.valueAndGrads((...[a, b]: Tensor[]) => deformPool2d(a!, b!, options) as Tensor)([x, offset], dy);
}

/** What holds for `deformPool2d` on a backend. */
export function deformPool2dCases(backend: string): void {
  test.each(casesOn(backend, golden.cases))(
    "$name: value and gradients as torchvision's samples",
    async ({ options, ...row }) => {
      const [x, offset, dy] = [row.x, row.offset, row.dy].map(tensorOf) as [Tensor, Tensor, Tensor];
      const { value, grads } = valueAndGradients(x, offset, options as unknown as Options, dy);
      await expectClose("value", value, row.value);
      await expectClose("x", grads[0]!, row.gradients.x);
      await expectClose("offset", grads[1]!, row.gradients.offset);
    },
  );

  // Each case costs webgl the compilation of its programs: there the goldens stand for the rest.
  if (backend === "webgl") return;

  test("zero offsets are tf.avgPool and tf.maxPool, with their gradients in x", () => {
    const axis = fc.integer({ min: 1, max: 3 });
    const setting = fc.record({
      window: fc.tuple(axis, axis),
      strides: fc.tuple(axis, axis),
      padding: fc.constantFrom("same" as const, "valid" as const),
      seed: fc.integer({ min: 1, max: 10_000 }),
    });
    const property = fc.property(setting, ({ window, strides, padding, seed }) =>
      tf.tidy(() => {
        const x = random([2, 5, 7, 3], seed) as tf.Tensor4D;
        for (const [mode, plain] of [
          ["average", tf.avgPool],
          ["max", tf.maxPool],
        ] as const) {
          const pool = (t: Tensor) => plain(t as tf.Tensor4D, window, strides, padding) as Tensor;
          const wanted = pool(x);
          const dy = random(wanted.shape, seed + 1);
          const offset = tf.zeros([...wanted.shape.slice(0, 3), 2 * window[0] * window[1]]);
          const options = { windowSize: window, strides, padding, mode };
          const { value, grads } = valueAndGradients(x, offset, options, dy);
          expect(value.shape).toEqual(wanted.shape);
          expect(tf.max(tf.abs(tf.sub(value, wanted))).dataSync()[0]).toBeLessThan(1e-5);
          // tfjs: no gradients on wasm; on cpu and webgl that of a mean over fewer taps is divided by all of them.
          if (backend === "wasm" || (backend !== "simd" && mode === "average" && padding === "same")) continue;
          const slopes = tf.grad(pool)(x, dy);
          expect(tf.max(tf.abs(tf.sub(grads[0]!, slopes))).dataSync()[0]).toBeLessThan(1e-5);
        }
      }),
    );
    fc.assert(property, { numRuns: 12 });
  });

  test("two taps on 3 × 4 pixels, by hand; windows follow each other by default", async () => {
    const x = tf.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1, 3, 4, 1]);
    const offset = tf.tensor(
      [
        [0, 0, 0, 0],
        [0.5, 0.25, 0, -1],
        [0, 0, -1.5, 0],
        [9, 9, 0, 0.5],
        [0, 0, 0, 0],
        [-0.25, 0, 0, 2],
      ].flat(),
      [1, 3, 2, 4],
    );
    const average = valueAndGradients(x, offset, { windowSize: [1, 2] }, tf.ones([1, 3, 2, 1]));
    // Samples 1 and 2; 5.25 and 3; 5 and 1 (half of 2); 0 and 4 (half of 8); 9 and 10; 10 and 0.
    expect(await numbers(average.value)).toEqual([1.5, 4.125, 3, 2, 9.5, 5]);
    const max = valueAndGradients(x, offset, { windowSize: [1, 2], mode: "max" }, tf.ones([1, 3, 2, 1]));
    expect(await numbers(max.value)).toEqual([2, 5.25, 5, 4, 10, 10]);
    // Winners: pixel 2; between 3, 4, 7 and 8; pixel 5; half of 8; pixel 10; three quarters of 11 and a quarter of 7.
    expect(await numbers(max.grads[0]!)).toEqual([0, 1, 0.375, 0.125, 1, 0, 0.625, 0.625, 0, 1, 0.75, 0]);
    const slopes = await numbers(max.grads[1]!);
    expect(slopes.slice(0, 8)).toEqual([0, 0, 4, 1, 4, 1, 0, 0]);
    expect(slopes.slice(12, 16)).toEqual([0, 0, 2, -8]);
    expect(slopes.slice(20)).toEqual([4, 1, 0, 0]);
    const halved = await numbers(average.grads[1]!);
    expect(halved.slice(12, 16)).toEqual([0, 0, 1, -4]);
  });

  test("a sample whose offset is not finite is 0, counts, and has no gradient", async () => {
    const x = tf.tensor([-3, -5], [1, 1, 2, 1]);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38]) {
      const offset = tf.tensor([bad, 0, 0, 0], [1, 1, 1, 4]);
      const average = valueAndGradients(x, offset, { windowSize: [1, 2] }, tf.ones([1, 1, 1, 1]));
      expect(await numbers(average.value)).toEqual([-2.5]);
      expect(await numbers(average.grads[0]!)).toEqual([0, 0.5]);
      // The other tap leans on its last row and column: its slopes are half of 0 - -5.
      expect(await numbers(average.grads[1]!)).toEqual([0, 0, 2.5, 2.5]);
      const max = valueAndGradients(x, offset, { windowSize: [1, 2], mode: "max" }, tf.ones([1, 1, 1, 1]));
      expect(await numbers(max.value)).toEqual([0]);
      expect(await numbers(max.grads[0]!)).toEqual([0, 0]);
      expect(await numbers(max.grads[1]!)).toEqual([0, 0, 0, 0]);
    }
  });

  test("the maximum goes to the first of equals, and is NaN if a sample is", async () => {
    const call = (values: number[]) =>
      valueAndGradients(
        tf.tensor(values, [1, 2, 2, 1]),
        tf.zeros([1, 1, 1, 8]),
        { windowSize: 2, mode: "max" },
        tf.ones([1, 1, 1, 1]),
      );
    expect(await numbers(call([1, 4, 4, 4]).grads[0]!)).toEqual([0, 1, 0, 0]);
    expect(await numbers(call([5, 4, 3, Number.NaN]).value)).toEqual([Number.NaN]);
  });

  test("batches of 0 and 33", async () => {
    for (const batch of [0, 33]) {
      const offset = tf.zeros([batch, 1, 2, 12]);
      const options = { windowSize: [3, 2] as const, mode: "average" as const };
      const { value, grads } = valueAndGradients(tf.ones([batch, 3, 5, 2]), offset, options, tf.ones([batch, 1, 2, 2]));
      expect(value.shape).toEqual([batch, 1, 2, 2]);
      for (const v of await numbers(value)) expect(v).toBeCloseTo(1, 6);
      expect(grads.map(({ shape }) => shape)).toEqual([[batch, 3, 5, 2], offset.shape]);
      await numbers(grads[1]!);
    }
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    for (const mode of ["average", "max"] as const) {
      const [x, offset, dy] = [tf.ones([1, 3, 4, 4]), tf.zeros([1, 2, 2, 16]), tf.ones([1, 2, 2, 4])];
      const options = { windowSize: 2, mode, offsetGroups: 2, padding: "same" as const };
      deformPool2d(x, offset, options).dispose();
      const { value, grads } = valueAndGradients(x, offset, options, dy);
      tf.dispose([x, offset, dy, value, grads]);
    }
  });
}
