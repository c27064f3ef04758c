import { modulatedDeformRoiPool, roiAlign } from "@ddl/deform-conv";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import golden from "./goldens/modulatedDeformRoiPool.json" with { type: "json" };
import { expectClose, tensorOf } from "./goldenTensors.js";

const { outputSize, ...rest } = golden.options;
const options = { ...rest, outputSize: outputSize as [number, number] };
const axes = "RoIs, bins along y, bins along x";

describeKernel("modulatedDeformRoiPool", (backend) => {
  test.each(["yx", "xy"] as const)(
    "value and gradients, order %s, as masked roi_align of moved bins",
    async (order) => {
      const [x, rois, offset, mask, dy] = [golden.x, golden.rois, golden.offset, golden.mask, golden.dy].map(
        tensorOf,
      ) as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const ordered = (t: Tensor) => (order === "yx" ? t : tf.reverse(t, 3));
      const call = (...[a, b, m]: Tensor[]) =>
        modulatedDeformRoiPool(a!, rois, b!, { ...options, mask: m!, offsetOrder: order }) as Tensor;
      const { value, grads } = tf.valueAndGrads(call)([x, ordered(offset), mask], dy);
      await expectClose("value", value, golden.value);
      await expectClose("x", grads[0]!, golden.gradients.x);
      await expectClose("offset", ordered(grads[1]!), golden.gradients.offset, 1e-5);
      await expectClose("mask", grads[2]!, golden.gradients.mask);
    },
  );

  test("one bin by hand: a mask that is 0 stops x and offset, not its own gradient", async () => {
    const x = tf.tensor([1, 2, 3, 14, 25, 36], [1, 2, 3, 1]);
    const rois = tf.tensor([[0, 0.5, 0.5, 2.5, 1.5]]);
    const call = (...[a, b, m]: Tensor[]) =>
      modulatedDeformRoiPool(a!, rois, b!, { outputSize: [1, 2], samplingRatio: 1, mask: m! }) as Tensor;
    const mask = tf.tensor([3, 0], [1, 1, 2, 1]);
    // Samples at (½, ½) and (½, 1½): 10.5 and 16.5. A unit of dy moves 0.1, one of dx 0.2 pixels.
    const { value, grads } = tf.valueAndGrads(call)([x, tf.zeros([1, 1, 2, 2]), mask], tf.ones([1, 1, 2, 1]));
    expect([...(await value.data())]).toEqual([31.5, 0]);
    expect([...(await grads[2]!.data())]).toEqual([10.5, 16.5]);
    expect([...(await grads[0]!.data())]).toEqual([0.75, 0.75, 0, 0.75, 0.75, 0]);
    const slopes = [...(await grads[1]!.data())];
    for (const [k, v] of [3 * 0.1 * 18, 3 * 0.2 * 6, 0, 0].entries()) expect(slopes[k]).toBeCloseTo(v, 5);
  });

  test("without offsets it is roiAlign times the mask, for any RoI", () => {
    const coordinate = fc.integer({ min: -40, max: 100 }).map((v) => v / 8);
    const roi = fc.tuple(fc.integer({ min: 0, max: 1 }), coordinate, coordinate, coordinate, coordinate);
    const rows = fc.array(roi, { minLength: 1, maxLength: 3 });
    const property = fc.property(rows, fc.constantFrom(-1, 2), (boxes, samplingRatio) =>
      tf.tidy(() => {
        const x = tf.randomNormal([2, 5, 7, 3], 0, 1, "float32", 3);
        const mask = tf.randomNormal([boxes.length, 3, 2, 1], 0, 1, "float32", 4);
        const sampling = { outputSize: [3, 2], samplingRatio } as const;
        const rois = tf.tensor(boxes);
        const offset = tf.zeros([boxes.length, 3, 2, 2]);
        const got = modulatedDeformRoiPool(x, rois, offset, { ...sampling, mask });
        const wanted = tf.mul(roiAlign(x, rois, { ...sampling, aligned: true }), mask);
        expect(tf.max(tf.abs(tf.sub(got, wanted))).dataSync()[0]).toBeLessThanOrEqual(1e-5);
      }),
    );
    fc.assert(property, { numRuns: backend === "webgl" ? 1 : 10 });
  });

  test("a bin whose offset is not finite is 0; no RoIs, no bins and no gradients", async () => {
    const offset = tf.tensor([Number.NaN, 0, 0, Number.POSITIVE_INFINITY, 0, 0], [1, 1, 3, 2]);
    const mask = tf.fill([1, 1, 3, 1], 2);
    const got = modulatedDeformRoiPool(tf.ones([1, 5, 6, 1]), tf.tensor([[0, 1, 1, 4, 3]]), offset, {
      outputSize: [1, 3],
      mask,
    });
    expect([...(await got.data())]).toEqual([0, 0, 2]);
    const call = (...[a, b, m]: Tensor[]) =>
      modulatedDeformRoiPool(a!, tf.zeros([0, 5]), b!, { outputSize: [1, 3], mask: m! }) as Tensor;
    const inputs = [tf.ones([1, 5, 6, 1]), tf.zeros([0, 1, 3, 2]), tf.zeros([0, 1, 3, 1])];
    const { value, grads } = tf.valueAndGrads(call)(inputs, tf.zeros([0, 1, 3, 1]));
    expect(value.shape).toEqual([0, 1, 3, 1]);
    expect(grads.map(({ shape }) => shape)).toEqual(inputs.map(({ shape }) => shape));
    expect([...(await grads[0]!.data())]).toEqual(new Array(30).fill(0));
  });

  test("names a mask or an offset of another shape, and unknown options", () => {
    const [x, rois, offset] = [tf.ones([1, 5, 6, 1]), tf.zeros([1, 5]), tf.zeros([1, 1, 3, 2])];
    const call = (change: object, o: Tensor = offset) =>
      modulatedDeformRoiPool(x, rois, o, { outputSize: [1, 3], mask: tf.ones([1, 1, 3, 1]), ...change } as never);
    expect(() => call({ mask: tf.ones([1, 3, 1, 1]) })).toThrow(
      `modulatedDeformRoiPool: mask must have shape [1, 1, 3, 1] (${axes}, 1); received [1, 3, 1, 1].`,
    );
    expect(() => call({ mask: undefined })).toThrow(
      "modulatedDeformRoiPool: mask must be a tensor; received undefined.",
    );
    expect(() => call({}, tf.zeros([1, 3, 1, 2]))).toThrow(
      `modulatedDeformRoiPool: offset must have shape [1, 1, 3, 2] (${axes}, 2); received [1, 3, 1, 2].`,
    );
    expect(() => call({ transStd: 1 })).toThrow(
      'modulatedDeformRoiPool: options must have only the keys mask, outputSize, spatialScale, samplingRatio, gamma, offsetOrder; received "transStd".',
    );
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    const [x, rois, offset] = [tf.ones([1, 4, 5, 2]), tf.tensor([[0, 1, 1, 4, 3]]), tf.zeros([1, 2, 2, 2])];
    const mask = tf.ones([1, 2, 2, 1]);
    const call = (...[a, b, m]: Tensor[]) =>
      modulatedDeformRoiPool(a!, rois, b!, { outputSize: 2, mask: m! }) as Tensor;
    const value = call(x, offset, mask);
    tf.dispose([x, rois, offset, mask, value, tf.valueAndGrads(call)([x, offset, mask], value)]);
  });
});
