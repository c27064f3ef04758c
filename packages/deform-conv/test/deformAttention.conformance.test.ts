import { deformAttention } from "@ddl/deform-conv";
import { describeKernel, expectGradient, testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients of the objective
import fc from "fast-check";
import { expect, test } from "vitest";
import golden from "./goldens/deformAttention.json" with { type: "json" };
import type { Entry } from "./goldenTensors.js";
import { casesOn, expectClose, tensorOf } from "./goldenTensors.js";

type Shapes = [number, number][];
type Inputs = [value: Tensor, locations: Tensor, weights: Tensor];

/** The value, and the gradients for a cotangent of the result. */
function valueAndGradients(inputs: Inputs, shapes: Shapes, dy: Tensor): Record<string, Tensor> {
  const attend = (value: Tensor, locations: Tensor, weights: Tensor): Tensor =>
    deformAttention(value, shapes, locations, weights);
  const { value, grads } = tf.valueAndGrads(attend)(inputs, dy);
  const [ofValue, ofLocations, ofWeights] = grads as Inputs;
  return { result: value, value: ofValue, locations: ofLocations, weights: ofWeights };
}

/** [x, y] as [y, x]; tfjs' own reverse takes no six axes on webgl. */
const turned = (pairs: Tensor): Tensor => tf.reshape(tf.reverse(tf.reshape(pairs, [-1, 2]), 1), pairs.shape);

/**
 * The formula, with no cell and no corner: every pixel of a level counts by the tent around the sampled place.
 * @returns (queries, heads, channels) of the one image
 */
function tentFormula(
  value: number[],
  locations: number[],
  weights: number[],
  { shapes, heads, channels, queries, points }: Sizes,
): number[] {
  const result = new Array<number>(queries * heads * channels).fill(0);
  for (let q = 0; q < queries; q++) {
    for (let head = 0; head < heads; head++) {
      let first = 0;
      shapes.forEach(([height, width], level) => {
        for (let p = 0; p < points; p++) {
          const sample = ((q * heads + head) * shapes.length + level) * points + p;
          const x = locations[2 * sample]! * width - 0.5;
          const y = locations[2 * sample + 1]! * height - 0.5;
          for (let pixel = 0; pixel < height * width; pixel++) {
            const near = (distance: number): number => Math.max(0, 1 - Math.abs(distance));
            const share = near(y - Math.floor(pixel / width)) * near(x - (pixel % width)) * weights[sample]!;
            for (let c = 0; c < channels; c++) {
              result[(q * heads + head) * channels + c]! +=
                share * value[((first + pixel) * heads + head) * channels + c]!;
            }
          }
        }
        first += height * width;
      });
    }
  }
  return result;
}
interface Sizes {
  shapes: Shapes;
  heads: number;
  channels: number;
  queries: number;
  points: number;
}

describeKernel("deformAttention", (backend) => {
  test.each(casesOn(backend, golden.cases))("$name: value and every gradient as the published program", async (row) => {
    const inputs = [row.inputs.value, row.inputs.locations, row.inputs.weights].map(tensorOf) as Inputs;
    const dy = tensorOf(row.dy);
    const { result, ...gradients } = valueAndGradients(inputs, row.shapes as Shapes, dy);
    await expectClose("value", result!, row.value);
    for (const [name, entry] of Object.entries(row.gradients)) {
      // A location is rounded to float32 before it is multiplied with the size.
      await expectClose(name, gradients[name]!, entry as Entry, 5e-6);
    }
  });

  // Each case costs webgl the compilation of its programs: there the goldens stand for the rest.
  if (backend === "webgl") return;

  test("by hand: the middle of 2 × 3 pixels, twice, and a corner of one pixel", async () => {
    const value = tf.tensor([1, 2, 3, 4, 5, 6, 40], [1, 7, 1, 1]);
    // Level 0: the middle, and a quarter of a pixel right of the first centre. Level 1: its outer corner, and far away.
    const locations = tf.tensor([0.5, 0.5, 0.75 / 3, 0.25, 0, 1, 7, 0.5], [1, 1, 1, 2, 2, 2]);
    const weights = tf.tensor([1, 10, 0.5, 3], [1, 1, 1, 2, 2]);
    const shapes: Shapes = [
      [2, 3],
      [1, 1],
    ];
    const got = valueAndGradients([value, locations, weights], shapes, tf.ones([1, 1, 1]));
    // 3.5 + 10 · 1.25 + ½ · 40 / 4
    expect((await got["result"]!.data())[0]).toBeCloseTo(21, 5);
    const samples = [3.5, 1.25, 10, 0];
    for (const [k, slope] of (await got["weights"]!.data()).entries()) expect(slope).toBeCloseTo(samples[k]!, 5);
    // One pixel to the right is 1 more, one down 3 more; a third of the width, a half of the height.
    const slopes = [3, 6, 30, 60, 0.5 * 20, -0.5 * 20, 0, 0];
    for (const [k, slope] of (await got["locations"]!.data()).entries()) expect(slope).toBeCloseTo(slopes[k]!, 4);
  });

  test("gradients are the slopes of the formula", async () => {
    const sizes: Sizes = {
      shapes: [
        [2, 3],
        [1, 4],
      ],
      heads: 2,
      channels: 3,
      queries: 2,
      points: 2,
    };
    const [values, samples] = [10 * 2 * 3, 2 * 2 * 2 * 2];
    const fill = (length: number, of: (k: number) => number): number[] => Array.from({ length }, (_, k) => of(k));
    const value = fill(values, (k) => Math.sin(1 + 2.3 * k));
    // Fractions of a pixel between 0.15 and 0.85, so that no step of the difference crosses a centre.
    const locations = fill(2 * samples, (k) => {
      const [height, width] = sizes.shapes[Math.floor(k / 4) % 2]!;
      const size = k % 2 === 0 ? width : height;
      return (((3 * k) % (size + 1)) - 1 + 0.15 + ((7 * k) % 8) / 10 + 0.5) / size;
    });
    const weights = fill(samples, (k) => Math.cos(1.7 * k));
    const factors = fill(2 * 2 * 3, (k) => 1 + (k % 5) / 4);
    await expectGradient(
      (v, l, w) => tf.sum(tf.mul(deformAttention(v, sizes.shapes, l, w), tf.tensor(factors, [1, 2, 6]))),
      (v, l, w) => tentFormula(v, l, w, sizes).reduce((total, x, k) => total + x * factors[k]!, 0),
      [
        { values: value, shape: [1, 10, 2, 3] },
        { values: locations, shape: [1, 2, 2, 2, 2, 2] },
        { values: weights, shape: [1, 2, 2, 2, 2] },
      ],
    );
  });

  test("equals the formula for any levels, heads and places", async () => {
    const length = fc.integer({ min: 1, max: 4 });
    const any = fc.record({
      shapes: fc.array(fc.tuple(length, length), { minLength: 1, maxLength: 3 }),
      heads: length,
      channels: length,
      queries: length,
      points: length,
      seed: fc.integer({ min: 1, max: 1000 }),
    });
    const property = fc.asyncProperty(any, async ({ seed, ...sizes }) => {
      const { shapes, heads, channels, queries, points } = sizes;
      const pixels = shapes.reduce((sum, [height, width]) => sum + height * width, 0);
      const inputs = [
        tf.randomNormal([1, pixels, heads, channels], 0, 1, "float32", seed),
        tf.randomUniform([1, queries, heads, shapes.length, points, 2], -0.7, 1.7, "float32", seed + 1),
        tf.randomNormal([1, queries, heads, shapes.length, points], 0, 1, "float32", seed + 2),
      ] as const;
      const plain = await Promise.all(inputs.map(async (tensor) => [...(await tensor.data())]));
      const values = tentFormula(plain[0]!, plain[1]!, plain[2]!, sizes);
      const shape = [1, queries, heads * channels];
      await expectClose("value", deformAttention(inputs[0], shapes, inputs[1], inputs[2]), { shape, values }, 1e-5);
      const reordered = deformAttention(inputs[0], shapes, turned(inputs[1]), inputs[2], { locationOrder: "yx" });
      await expectClose("[y, x]", reordered, { shape, values }, 1e-5);
    });
    // Each shape compiles shaders of its own.
    await fc.assert(property, { numRuns: 20, seed: 6 });
  });

  test("the gradient of [y, x] is that of [x, y], turned", async () => {
    const inputs = [golden.cases[0]!.inputs.value, golden.cases[0]!.inputs.weights].map(tensorOf) as [Tensor, Tensor];
    const locations = turned(tensorOf(golden.cases[0]!.inputs.locations));
    const attend = (l: Tensor): Tensor =>
      deformAttention(inputs[0], golden.cases[0]!.shapes as Shapes, l, inputs[1], { locationOrder: "yx" });
    const slope = tf.grad(attend)(locations, tensorOf(golden.cases[0]!.dy));
    await expectClose("locations", turned(slope), golden.cases[0]!.gradients.locations, 5e-6);
  });

  test.each([
    [Number.NaN, 0.5],
    [0.5, Number.NaN],
    [Number.NaN, Number.NaN],
    [Number.POSITIVE_INFINITY, 0.5],
    [0.5, Number.NEGATIVE_INFINITY],
    [1e38, 0.5],
    [0.5, -(2 ** 31)],
  ])("a sample at (%d, %d) is 0 and has no gradient; the other is as ever", async (x, y) => {
    const value = tf.tensor([3, 5], [1, 2, 1, 1]);
    const locations = tf.tensor([x, y, 0.5, 0.5], [1, 1, 1, 1, 2, 2]);
    const weights = tf.tensor([7, 2], [1, 1, 1, 1, 2]);
    const got = valueAndGradients([value, locations, weights], [[1, 2]], tf.ones([1, 1, 1]));
    const values = await Promise.all(Object.values(got).map(async (t) => [...(await t.data())].map((v) => v + 0)));
    // The other reads 4 between 3 and 5: 2 a pixel to the right, of which the width has two; down it falls to 0.
    expect(values).toEqual([[8], [1, 1], [0, 0, 8, -8], [0, 4]]);
  });

  test("without images or without queries the result is empty and gradients are 0", async () => {
    for (const [batch, queries] of [
      [0, 3],
      [2, 0],
    ] as const) {
      const inputs: Inputs = [
        tf.ones([batch, 7, 2, 3]),
        tf.zeros([batch, queries, 2, 2, 4, 2]),
        tf.ones([batch, queries, 2, 2, 4]),
      ];
      const shapes: Shapes = [
        [2, 3],
        [1, 1],
      ];
      const got = valueAndGradients(inputs, shapes, tf.zeros([batch, queries, 6]));
      expect(got["result"]!.shape).toEqual([batch, queries, 6]);
      expect(["value", "locations", "weights"].map((name) => got[name]!.shape)).toEqual(inputs.map((t) => t.shape));
      expect([...(await got["value"]!.data())]).toEqual(new Array(batch * 42).fill(0));
    }
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    const inputs: Inputs = [tf.ones([1, 7, 2, 3]), tf.fill([1, 2, 2, 2, 4, 2], 0.4), tf.ones([1, 2, 2, 2, 4])];
    const shapes: Shapes = [
      [2, 3],
      [1, 1],
    ];
    deformAttention(inputs[0], shapes, inputs[1], inputs[2], { locationOrder: "yx" }).dispose();
    const dy = tf.ones([1, 2, 6]);
    tf.dispose([inputs, dy, valueAndGradients(inputs, shapes, dy)]);
  });
});
