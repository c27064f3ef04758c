import { deformConv2d } from "@ddl/deform-conv";
import { describeKernel } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";

const random = (shape: number[], seed: number): Tensor => tf.randomNormal(shape, 0, 1, "float32", seed);
const seeds = fc.integer({ min: 1, max: 100_000 });

/** Inputs of two images of 4 × 6 pixels and 3 channels, a kernel of 2 × 3, 5 outputs, as functions of a seed. */
const shapes = { x: [2, 4, 6, 3], filter: [2, 3, 3, 5], offset: [2, 3, 4, 12], mask: [2, 3, 4, 6] };
type Inputs = Record<keyof typeof shapes, Tensor>;
const inputsOf = (seed: number): Inputs =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape], k) => [name, random(shape, seed + k)])) as Inputs;
const convolve = ({ x, filter, offset, mask }: Inputs): Tensor => deformConv2d(x, filter, offset, { mask });

function expectEqual(got: Tensor, wanted: Tensor): void {
  expect(got.shape).toEqual(wanted.shape);
  expect(tf.max(tf.abs(tf.sub(got, wanted))).dataSync()[0]).toBeLessThanOrEqual(1e-4);
}

describeKernel("deformConv2d, for any input", () => {
  test.each(["x", "filter", "mask"] as const)("is linear in %s", (name) => {
    const property = fc.property(seeds, (seed) =>
      tf.tidy(() => {
        const inputs = inputsOf(seed);
        const other = random(shapes[name], seed + 9);
        const combined = convolve({ ...inputs, [name]: tf.add(tf.mul(inputs[name], -3), other) });
        expectEqual(combined, tf.add(tf.mul(convolve(inputs), -3), convolve({ ...inputs, [name]: other })));
      }),
    );
    fc.assert(property, { numRuns: 10 });
  });

  test("whole offsets, the same for all taps, are tf.conv2d of the shifted image", () => {
    const shift = fc.integer({ min: -3, max: 3 });
    const property = fc.property(seeds, shift, shift, (seed, dy, dx) =>
      tf.tidy(() => {
        const { x, filter } = inputsOf(seed);
        const padded = tf.pad(x, [
          [0, 0],
          [3, 3],
          [3, 3],
          [0, 0],
        ]);
        const shifted = tf.slice(padded, [0, 3 + dy, 3 + dx, 0], shapes.x);
        const offset = tf.tile(tf.tensor([dy, dx], [1, 1, 1, 2]), [2, 3, 4, 6]);
        const plain = tf.conv2d(shifted as tf.Tensor4D, filter as tf.Tensor4D, 1, "valid");
        expectEqual(deformConv2d(x, filter, offset), plain);
      }),
    );
    fc.assert(property, { numRuns: 20 });
  });

  test("treats each image of a batch alone", () => {
    const property = fc.property(seeds, (seed) =>
      tf.tidy(() => {
        const { filter, ...ofImages } = inputsOf(seed);
        const second = Object.fromEntries(
          Object.entries(ofImages).map(([name, t]) => [name, tf.slice(t, [1, 0, 0, 0], [1, -1, -1, -1])]),
        ) as Omit<Inputs, "filter">;
        const wanted = tf.slice(convolve({ filter, ...ofImages }), [1, 0, 0, 0], [1, -1, -1, -1]);
        expectEqual(convolve({ filter, ...second }), wanted);
      }),
    );
    fc.assert(property, { numRuns: 10 });
  });
});
