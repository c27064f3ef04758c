import { deformRoiPool } from "@ddl/deform-conv";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import golden from "./goldens/deformRoiPool.json" with { type: "json" };
import { expectClose, tensorOf } from "./goldenTensors.js";

const { outputSize, ...rest } = golden.options;
const options = { ...rest, outputSize: outputSize as [number, number] };

describeKernel("deformRoiPool", () => {
  test.each(["yx", "xy"] as const)("value and gradients, order %s, as roi_align of moved bins", async (offsetOrder) => {
    const [x, rois, dy] = [golden.x, golden.rois, golden.dy].map(tensorOf) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const ordered = (t: tf.Tensor) => (offsetOrder === "yx" ? t : tf.reverse(t, 3));
    const call = (t: tf.Tensor, offset: tf.Tensor) =>
      deformRoiPool(t, rois, offset, { ...options, offsetOrder }) as tf.Tensor;
    const { value, grads } = tf.valueAndGrads(call)([x, ordered(tensorOf(golden.offset))], dy);
    await expectClose("value", value, golden.value);
    await expectClose("x", grads[0]!, golden.gradients.x);
    await expectClose("offset", ordered(grads[1]!), golden.gradients.offset, 1e-5);
  });

  test("a bin whose offset is not finite is 0; no RoIs, no bins", async () => {
    const offset = tf.tensor([Number.NaN, 0, 0, Number.POSITIVE_INFINITY, 0, 0], [1, 1, 3, 2]);
    const got = deformRoiPool(tf.ones([1, 5, 6, 1]), tf.tensor([[0, 1, 1, 4, 3]]), offset, { outputSize: [1, 3] });
    expect([...(await got.data())]).toEqual([0, 0, 1]);
    const none = deformRoiPool(tf.ones([1, 5, 6, 1]), tf.zeros([0, 5]), tf.zeros([0, 1, 3, 2]), { outputSize: [1, 3] });
    expect(none.shape).toEqual([0, 1, 3, 1]);
  });

  test("names an offset of another shape, and options out of range", () => {
    const [x, rois, offset] = [tf.ones([1, 5, 6, 1]), tf.zeros([1, 5]), tf.zeros([1, 3, 1, 2])];
    expect(() => deformRoiPool(x, rois, offset, { outputSize: [1, 3] })).toThrow(
      "deformRoiPool: offset must have shape [1, 1, 3, 2] (RoIs, bins along y, bins along x, 2); received [1, 3, 1, 2].",
    );
    expect(() => deformRoiPool(x, rois, offset, { outputSize: 1, gamma: Number.NaN })).toThrow(
      "deformRoiPool: gamma must be a finite number; received NaN.",
    );
    expect(() => deformRoiPool(x, rois, offset, { outputSize: 1, offsetOrder: "dx" as never })).toThrow(
      'deformRoiPool: offsetOrder must be one of "yx", "xy"; received "dx".',
    );
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    const [x, rois, offset] = [tf.ones([1, 4, 5, 2]), tf.tensor([[0, 1, 1, 4, 3]]), tf.zeros([1, 2, 2, 2])];
    const call = (t: tf.Tensor, o: tf.Tensor) => deformRoiPool(t, rois, o, { outputSize: 2 }) as tf.Tensor;
    const value = call(x, offset);
    tf.dispose([x, rois, offset, value, tf.valueAndGrads(call)([x, offset], value)]);
  });
});
