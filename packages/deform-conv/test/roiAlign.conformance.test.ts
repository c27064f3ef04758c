import type { RoiAlignOptions } from "@ddl/deform-conv";
import { roiAlign } from "@ddl/deform-conv";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import onnx from "./goldens/onnxRoiAlign.json" with { type: "json" };
import golden from "./goldens/roiAlign.json" with { type: "json" };
import maxima from "./goldens/roiAlignMax.json" with { type: "json" };
import { casesOn, expectClose, tensorOf } from "./goldenTensors.js";

/** Rows and columns of other lengths and slopes: value 10·y + x, and 100 more in the second channel. */
function ramp(height: number, width: number): tf.Tensor {
  const values = Array.from({ length: height * width }, (_, at) => {
    const value = 10 * Math.floor(at / width) + (at % width);
    return [value, 100 + value];
  });
  return tf.tensor(values.flat(), [1, height, width, 2]);
}

describeKernel("roiAlign", (backend) => {
  test.each(casesOn(backend, [...golden.cases, ...maxima.cases]))(
    "$name: value and gradient as torchvision and ONNX",
    async (row) => {
      const [x, rois, dy] = [row.x, row.rois, row.dy].map(tensorOf) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const options = { ...row.options, outputSize: row.options.outputSize as [number, number] } as RoiAlignOptions;
      const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => roiAlign(t, rois, options) as tf.Tensor)(x, dy);
      await expectClose("value", value, row.value);
      await expectClose("gradient", grad, row.gradient);
      tf.dispose([x, rois, dy, value, grad]);
    },
  );

  test.each(onnx.cases)("ONNX's $name", async ({ x, rois, options, value }) => {
    const outputSize = options.outputSize as [number, number];
    const mode = "mode" in options ? "max" : "average";
    const got = roiAlign(tensorOf(x), tensorOf(rois), { ...options, outputSize, mode });
    // The published results have four decimals.
    await expectClose("value", got, value, 1e-4);
  });

  test("of a ramp, bins are its values at their middles", async () => {
    const rois = tf.tensor([[0, 2, 4, 8, 12]]);
    const got = roiAlign(ramp(8, 7), rois, { outputSize: [2, 3], spatialScale: 0.5, aligned: true });
    // Rows 1.5 … 5.5 in two bins, with middles 2.5 and 4.5; columns 0.5 … 3.5 in three, with middles 1, 2 and 3.
    const expected = [26, 27, 28, 46, 47, 48].flatMap((v) => [v, v + 100]);
    expect([...(await got.data())]).toEqual(expected);
  });

  test("an RoI inverted on one axis, or without length, gives 0 and no gradient", async () => {
    const rois = tf.tensor([
      [0, 5, 1, 2, 4],
      [0, 2, 4, 5, 1],
      [0, 3, 2, 3, 2],
    ]);
    const call = (t: tf.Tensor) => roiAlign(t, rois, { outputSize: [2, 1], aligned: true }) as tf.Tensor;
    const { value, grad } = tf.valueAndGrad(call)(ramp(5, 6), tf.ones([3, 2, 1, 2]));
    expect([...(await value.data())].map(Math.abs)).toEqual(new Array(12).fill(0));
    expect([...(await grad.data())]).toEqual(new Array(60).fill(0));
  });

  test("RoIs of astronomic size take no time and no memory", async () => {
    const rois = tf.tensor([
      [0, -1e9, -1e9, 1e9, 1e9],
      [0, -3e38, -3e38, 3e38, 3e38],
      [0, 1e20, 0, 2e20, 4],
    ]);
    const got = roiAlign(ramp(4, 5), rois, { outputSize: [1, 3], spatialScale: 8 });
    const values = [...(await got.data())];
    expect(values.every((v) => Math.abs(v) < 1e-6)).toBe(true);
  });

  test("without RoIs the result is empty and the gradient 0, with and without images", async () => {
    for (const batch of [0, 2]) {
      const x = tf.ones([batch, 3, 4, 5]);
      const call = (t: tf.Tensor) => roiAlign(t, tf.zeros([0, 5]), { outputSize: [2, 3] }) as tf.Tensor;
      const { value, grad } = tf.valueAndGrad(call)(x, tf.zeros([0, 2, 3, 5]));
      expect(value.shape).toEqual([0, 2, 3, 5]);
      expect(grad.shape).toEqual(x.shape);
      expect([...(await grad.data())]).toEqual(new Array(batch * 60).fill(0));
    }
  });

  test("the gradient is the adjoint, for any RoI", () => {
    const x = tf.randomNormal([2, 5, 7, 3], 0, 1, "float32", 3);
    const coordinate = fc.integer({ min: -40, max: 100 }).map((v) => v / 8);
    const roi = fc.tuple(fc.integer({ min: 0, max: 1 }), coordinate, coordinate, coordinate, coordinate);
    fc.assert(
      fc.property(
        fc.array(roi, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(-1, 1, 2),
        fc.boolean(),
        (rows, samplingRatio, aligned) =>
          tf.tidy(() => {
            const rois = tf.tensor(rows);
            const dy = tf.randomNormal([rows.length, 2, 3, 3], 0, 1, "float32", 4);
            const options = { outputSize: [2, 3] as const, samplingRatio, aligned };
            const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => roiAlign(t, rois, options) as tf.Tensor)(x, dy);
            const [left, right] = [tf.sum(tf.mul(value, dy)), tf.sum(tf.mul(x, grad))].map((t) => t.dataSync()[0]!);
            expect(Math.abs(left! - right!)).toBeLessThanOrEqual(1e-4);
          }),
      ),
      { numRuns: backend === "webgl" ? 3 : 40, seed: 8 },
    );
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    const [x, rois, dy] = [tf.ones([1, 4, 5, 2]), tf.tensor([[0, 1, 1, 4, 3]]), tf.ones([1, 2, 2, 2])];
    const call = (t: tf.Tensor) => roiAlign(t, rois, { outputSize: 2 }) as tf.Tensor;
    call(x).dispose();
    tf.dispose([x, rois, dy, tf.valueAndGrad(call)(x, dy)]);
  });
});
