import { deformPsRoiPool } from "@ddl/deform-conv";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import golden from "./goldens/deformPsRoiPool.json" with { type: "json" };
import { casesOn, expectClose, tensorOf } from "./goldenTensors.js";

type Options = Parameters<typeof deformPsRoiPool>[3];

/** Turns each pair of the last axis round. */
function swapped(t: Tensor): Tensor {
  const pairs = tf.reshape(t, [-1, 2]);
  return tf.reshape(tf.reverse(pairs, 1), t.shape);
}

describeKernel("deformPsRoiPool", (backend) => {
  test.each(casesOn(backend, golden.cases))(
    "$name: value and gradients as the original's, in both orders",
    async (row) => {
      const [x, rois, offset, dy] = [row.x, row.rois, row.offset, row.dy].map(tensorOf) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      for (const offsetOrder of ["xy", "yx"] as const) {
        const ordered = (t: Tensor) => (offsetOrder === "xy" ? t : swapped(t));
        const call = (...[a, b]: Tensor[]) =>
          deformPsRoiPool(a!, rois, b!, { ...row.options, offsetOrder } as unknown as Options) as Tensor;
        const { value, grads } = tf.valueAndGrads(call)([x, ordered(offset)], dy);
        await expectClose("value", value, row.value);
        await expectClose("x", grads[0]!, row.gradients.x);
        await expectClose("offset", ordered(grads[1]!), row.gradients.offset, 1e-5);
      }
    },
  );

  // Each case costs webgl the compilation of its programs: there the goldens stand for the rest.
  if (backend === "webgl") return;

  test("by hand: samples begin at the bin's corner, those outside are left out of the mean", async () => {
    // One row of 4 pixels. The RoI from column 0 to 3 begins at -½ and is 4 long: bins of 2 pixels, samples a pixel apart.
    const x = tf.tensor([10, 20, 30, 50], [1, 1, 4, 1]);
    const rois = tf.tensor([[0, 0.25, 0, 3.25, 0]]);
    const options = { outputSize: [1, 2] as const, groupSize: 1, samplesPerBin: 2, gamma: 0.5 };
    const call = (...[a, b]: Tensor[]) => deformPsRoiPool(a!, rois, b!, options) as Tensor;
    // The first bin stays: samples at -½ (clamped: 10) and ½ (15). The second moves by 0.75 · 0.5 · 4 = 1½: 3 (50) and 4, left out.
    const offset = tf.tensor([0, 0, 0, 0.75], [1, 1, 2, 2]);
    const { value, grads } = tf.valueAndGrads(call)([x, offset], tf.ones([1, 1, 2, 1]));
    expect([...(await value.data())]).toEqual([12.5, 50]);
    expect([...(await grads[0]!.data())]).toEqual([0.75, 0.25, 0, 1]);
    // Only the sample at ½ has a slope: (20 - 10) · ½ of the mean · 2 pixels a unit. On a pixel's centre there is none.
    expect([...(await grads[1]!.data())].map((v) => v + 0)).toEqual([0, 10, 0, 0]);
  });

  test("the gradient of x is the adjoint, for any RoI and offset", () => {
    const coordinate = fc.integer({ min: -40, max: 100 }).map((v) => v / 8);
    const roi = fc.tuple(fc.integer({ min: 0, max: 1 }), coordinate, coordinate, coordinate, coordinate);
    const rows = fc.array(roi, { minLength: 1, maxLength: 3 });
    const property = fc.property(rows, fc.integer({ min: 1, max: 9999 }), (boxes, seed) =>
      tf.tidy(() => {
        const random = (shape: number[], k: number) => tf.randomNormal(shape, 0, 1, "float32", seed + k) as Tensor;
        const x = random([2, 5, 7, 8], 0);
        const offset = random([boxes.length, 3, 1, 4], 1);
        const dy = random([boxes.length, 3, 2, 4], 2);
        const options = { outputSize: [3, 2], groupSize: [1, 2], partSize: [3, 1], samplesPerBin: 3 } as const;
        const call = (t: Tensor) => deformPsRoiPool(t, tf.tensor(boxes), offset, options) as Tensor;
        const { value, grad } = tf.valueAndGrad(call)(x, dy);
        const [left, right] = [tf.sum(tf.mul(value, dy)), tf.sum(tf.mul(x, grad))].map((t) => t.dataSync()[0]!);
        expect(Math.abs(left! - right!)).toBeLessThanOrEqual(1e-4);
      }),
    );
    fc.assert(property, { numRuns: 10 });
  });

  test("a bin whose offset is not finite is 0; no RoIs, no bins and no gradients", async () => {
    const offset = tf.tensor([Number.NaN, 0, 0, Number.NEGATIVE_INFINITY, 0, 0], [1, 1, 3, 2]);
    const options = { outputSize: [1, 3] as const, groupSize: 1 };
    const got = deformPsRoiPool(tf.ones([1, 5, 6, 1]), tf.tensor([[0, 1, 1, 4, 3]]), offset, options);
    expect([...(await got.data())]).toEqual([0, 0, 1]);
    const call = (...[a, b]: Tensor[]) => deformPsRoiPool(a!, tf.zeros([0, 5]), b!, options) as Tensor;
    const inputs = [tf.ones([1, 5, 6, 1]), tf.zeros([0, 1, 3, 2])];
    const { value, grads } = tf.valueAndGrads(call)(inputs, tf.zeros([0, 1, 3, 1]));
    expect(value.shape).toEqual([0, 1, 3, 1]);
    expect(grads.map(({ shape }) => shape)).toEqual(inputs.map(({ shape }) => shape));
    expect([...(await grads[0]!.data())]).toEqual(new Array(30).fill(0));
  });

  test("names what is wrong", () => {
    const rois = tf.zeros([1, 5]);
    const call = (channels: number, shape: number[], change: object) => () =>
      deformPsRoiPool(tf.ones([1, 5, 6, channels]), rois, tf.zeros(shape), { outputSize: [1, 3], ...change } as never);
    expect(call(6, [1, 1, 3, 4], {})).not.toThrow();
    expect(call(7, [1, 1, 3, 4], {})).toThrow(
      "deformPsRoiPool: x must have a number of channels that its 3 groups divide (batch, height, width, channels); received [1, 5, 6, 7].",
    );
    expect(call(6, [1, 3, 1, 4], {})).toThrow(
      "deformPsRoiPool: offset must have shape [1, 1, 3, any] (RoIs, parts along y, parts along x, 2·classes); received [1, 3, 1, 4].",
    );
    for (const last of [0, 3, 6]) {
      expect(call(6, [1, 1, 3, last], {})).toThrow(
        `deformPsRoiPool: offset must have two offsets for each class, whose number divides the 2 channels of the result, on its last axis; received [1, 1, 3, ${last}].`,
      );
    }
    const options: [object, string][] = [
      [{ groupSize: 0 }, "groupSize must be an integer ≥ 1; received 0."],
      [{ partSize: 1.5 }, "partSize must be an integer ≥ 1; received 1.5."],
      [{ samplesPerBin: 0 }, "samplesPerBin must be an integer ≥ 1; received 0."],
      [{ gamma: Number.NaN }, "gamma must be a finite number; received NaN."],
      [{ offsetOrder: "x" }, 'offsetOrder must be one of "yx", "xy"; received "x".'],
      [
        { transStd: 1 },
        'options must have only the keys outputSize, spatialScale, groupSize, partSize, samplesPerBin, gamma, offsetOrder; received "transStd".',
      ],
    ];
    for (const [change, message] of options) {
      expect(call(6, [1, 1, 3, 4], change)).toThrow(`deformPsRoiPool: ${message}`);
    }
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    const [x, rois, offset] = [tf.ones([1, 4, 5, 8]), tf.tensor([[0, 1, 1, 4, 3]]), tf.zeros([1, 2, 2, 4])];
    const call = (...[a, b]: Tensor[]) => deformPsRoiPool(a!, rois, b!, { outputSize: 2 }) as Tensor;
    const value = call(x, offset);
    tf.dispose([x, rois, offset, value, tf.valueAndGrads(call)([x, offset], value)]);
  });
});
