import { psRoiAlign, psRoiPool, roiPool } from "@ddl/deform-conv";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import goldenPsRoiAlign from "./goldens/psRoiAlign.json" with { type: "json" };
import goldenPsRoiPool from "./goldens/psRoiPool.json" with { type: "json" };
import goldenRoiPool from "./goldens/roiPool.json" with { type: "json" };
import { casesOn, expectClose, tensorOf } from "./goldenTensors.js";

const operations = [
  { operation: roiPool, golden: goldenRoiPool },
  { operation: psRoiAlign, golden: goldenPsRoiAlign },
  { operation: psRoiPool, golden: goldenPsRoiPool },
];
const rows = operations.flatMap(({ operation, golden }) =>
  golden.cases.map((row) => ({ ...row, operation, title: `${operation.name}, ${row.name}` })),
);

describeKernel("poolings of RoIs", (backend) => {
  // The gradient of psRoiPool is that of its forward in plain slices: torchvision's own is not.
  test.each(casesOn(backend, rows))("$title: value and gradient as torchvision", async ({ operation, ...row }) => {
    const [x, rois, dy] = [row.x, row.rois, row.dy].map(tensorOf) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const options = { ...row.options, outputSize: row.options.outputSize as [number, number] };
    const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => operation(t, rois, options) as tf.Tensor)(x, dy);
    await expectClose("value", value, row.value);
    await expectClose("gradient", grad, row.gradient);
    tf.dispose([x, rois, dy, value, grad]);
  });

  test("roiPool: of equals the first has the gradient, and a NaN is the maximum", async () => {
    const x = tf.tensor([-5, -5, -7, -8, -9, Number.NaN, -4, Number.NaN], [1, 2, 4, 1]);
    const call = (t: tf.Tensor) => roiPool(t, tf.tensor([[0, 0, 0, 3, 1]]), { outputSize: [2, 2] }) as tf.Tensor;
    const { value, grad } = tf.valueAndGrad(call)(x, tf.tensor([1, 2, 3, 4], [1, 2, 2, 1]));
    expect([...(await value.data())]).toEqual([-5, -7, Number.NaN, Number.NaN]);
    expect([...(await grad.data())]).toEqual([1, 0, 2, 0, 0, 3, 0, 4]);
  });

  test("psRoiAlign: an RoI without length gives 0", async () => {
    const got = psRoiAlign(tf.ones([1, 3, 4, 6]), tf.tensor([[0, 2, 1, 2, 1]]), { outputSize: [1, 3] });
    expect([...(await got.data())]).toEqual(new Array(6).fill(0));
  });

  test.each(operations)("$operation.name: without RoIs, and with RoIs of astronomic size", async ({ operation }) => {
    const x = tf.ones([1, 3, 4, 6]);
    const call = (rois: tf.Tensor) => (t: tf.Tensor) => operation(t, rois, { outputSize: [2, 3] }) as tf.Tensor;
    const empty = tf.valueAndGrad(call(tf.zeros([0, 5])))(x, tf.zeros([0, 2, 3, operation === roiPool ? 6 : 1]));
    expect(empty.value.shape).toEqual([0, 2, 3, operation === roiPool ? 6 : 1]);
    expect([...(await empty.grad.data())]).toEqual(new Array(72).fill(0));
    const far = tf.tensor([[0, 1e20, 0, 2e20, 3e38]]);
    const got = operation(x, far, { outputSize: [2, 3], spatialScale: 8 });
    expect([...(await got.data())]).toEqual(new Array(got.size).fill(0));
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    for (const { operation } of operations) {
      const [x, rois] = [tf.ones([1, 4, 5, 8]), tf.tensor([[0, 1, 1, 4, 3]])];
      const call = (t: tf.Tensor) => operation(t, rois, { outputSize: 2 }) as tf.Tensor;
      const value = call(x);
      tf.dispose([x, rois, value, tf.valueAndGrad(call)(x, value)]);
    }
  });
});
