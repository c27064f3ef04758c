import { deformConv2d } from "@ddl/deform-conv";
import { testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import golden from "../goldens/deformConv2d.json" with { type: "json" };
import type { Entry } from "../goldenTensors.js";
import { expectClose, tensorOf } from "../goldenTensors.js";

/** Of the inputs by name, in the order given: the value, and the gradients for a cotangent of the result. */
function valueAndGradients(inputs: Record<string, Tensor>, options: object, dy: Tensor): Record<string, Tensor> {
  const names = Object.keys(inputs);
  const { value, grads } = tf.valueAndGrads((...given: Tensor[]) => {
    const { x, filter, offset, ...branches } = Object.fromEntries(names.map((name, k) => [name, given[k]!]));
    // The objective Σ dy · result, whose gradient tfjs is handed as dy.
    return deformConv2d(x!, filter!, offset!, { ...options, ...branches }) as Tensor;
  })(Object.values(inputs), dy);
  return { value, ...Object.fromEntries(names.map((name, k) => [name, grads[k]!])) };
}

const one = (values: number[], shape: number[]): Tensor => tf.tensor(values, shape, "float32");

/** What holds for `deformConv2d` on every backend. */
export function deformConv2dCases(): void {
  test.each(golden.cases)(
    "$name: value and every gradient as torchvision",
    async ({ inputs, options, dy, ...expected }) => {
      const tensors = Object.fromEntries(
        Object.entries(inputs).map(([name, entry]) => [name, tensorOf(entry as Entry)]),
      );
      const cotangent = tensorOf(dy);
      const { value, ...gradients } = valueAndGradients(tensors, options, cotangent);
      await expectClose("value", value!, expected.value);
      expect(Object.keys(gradients)).toEqual(Object.keys(expected.gradients));
      for (const [name, entry] of Object.entries(expected.gradients))
        await expectClose(name, gradients[name]!, entry as Entry);
      tf.dispose([tensors, cotangent, value!, gradients]);
    },
  );

  test("a kernel of two taps on 3 × 4 pixels, by hand", async () => {
    const offset = new Array<number>(2 * 4 * 4).fill(0);
    const mask = new Array<number>(2 * 4 * 2).fill(1);
    offset.splice(4, 4, 0.5, -0.25, -1.5, 2.5);
    mask.splice(2, 2, 2, 0.5);
    offset.splice(28, 4, 0.25, 0.5, 0.5, -3.25);
    const inputs = {
      x: one([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1, 3, 4, 1]),
      filter: one([1, 10], [2, 1, 1, 1]),
      offset: one(offset, [1, 2, 4, 4]),
      mask: one(mask, [1, 2, 4, 2]),
    };
    const got = valueAndGradients(inputs, {}, tf.ones([1, 2, 4, 1]));
    expect([...(await got["value"]!.data())]).toEqual([51, 12.5, 73, 84, 95, 106, 117, 38.25]);
    const slopes = [...(await got["offset"]!.data())];
    expect(slopes.slice(0, 8)).toEqual([4, 1, 40, 10, 8, 2, 10, -10]);
    expect(slopes.slice(28)).toEqual([2, -9, -67.5, 45]);
    expect([...(await got["filter"]!.data())]).toEqual([38, 53.875]);
    expect([...(await got["x"]!.data())]).toEqual([1.25, 0.75, 1, 2.25, 11.25, 1.75, 11, 10.375, 13.75, 10, 10, 0.125]);
  });

  test.each([
    [Number.NaN, 0],
    [0, Number.NaN],
    [Number.NaN, Number.NaN],
    [Number.POSITIVE_INFINITY, 0],
    [0.25, Number.NEGATIVE_INFINITY],
    [1e38, 0],
    [0, -(2 ** 31)],
  ])("a tap displaced by (%d, %d) is 0 and has no gradient; the other tap is as ever", async (dy, dx) => {
    const inputs = {
      x: one([3, 5], [1, 1, 2, 1]),
      filter: one([10, 1], [1, 2, 1, 1]),
      offset: one([dy, dx, 0, -0.5], [1, 1, 1, 4]),
      mask: one([7, 2], [1, 1, 1, 2]),
    };
    const got = valueAndGradients(inputs, {}, tf.ones([1, 1, 1, 1]));
    const values = await Promise.all(Object.values(got).map(async (t) => [...(await t.data())].map((v) => v + 0)));
    // The other tap reads 4 between 3 and 5: slope -4 downwards, 2 to the right, each twice as the mask says.
    expect(values).toEqual([[8], [1, 1], [0, 8], [0, 0, -8, 4], [0, 4]]);
  });

  test("zero offsets are the plain convolution, with padding 'same', strides and dilations", async () => {
    const x = tf.randomNormal([2, 7, 6, 3], 0, 1, "float32", 5);
    const filter = tf.randomNormal([3, 2, 3, 4], 0, 1, "float32", 6);
    for (const [strides, dilations] of [[[2, 1], 1] as const, [1, [2, 3]] as const]) {
      const plain = tf.conv2d(
        x as tf.Tensor4D,
        filter as tf.Tensor4D,
        strides as number,
        "same",
        "NHWC",
        dilations as number,
      );
      const offset = tf.zeros([...plain.shape.slice(0, 3), 12]);
      const got = deformConv2d(x, filter, offset, { strides, dilations, padding: "same" });
      await expectClose("value", got, { shape: plain.shape, values: [...(await plain.data())] });
    }
  });

  test("batches of 0 and 33", async () => {
    for (const batch of [0, 33]) {
      const inputs = {
        x: tf.ones([batch, 2, 3, 2]),
        filter: tf.ones([2, 1, 2, 3]),
        offset: tf.zeros([batch, 1, 3, 4]),
      };
      const got = valueAndGradients(inputs, { bias: one([1, 2, 3], [3]) }, tf.ones([batch, 1, 3, 3]));
      expect(got["value"]!.shape).toEqual([batch, 1, 3, 3]);
      expect([...(await got["value"]!.data())]).toEqual(new Array(batch * 3).fill([5, 6, 7]).flat());
      for (const [name, input] of Object.entries(inputs)) expect(got[name]!.shape, name).toEqual(input.shape);
      expect([...(await got["filter"]!.data())]).toEqual(new Array(12).fill(batch * 3));
    }
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    const inputs = {
      x: tf.ones([1, 3, 4, 4]),
      filter: tf.ones([2, 3, 2, 2]),
      offset: tf.zeros([1, 2, 2, 24]),
      mask: tf.ones([1, 2, 2, 12]),
      bias: tf.ones([2]),
    };
    const { x, filter, offset, mask, bias } = inputs;
    const options = { offsetGroups: 2 };
    deformConv2d(x, filter, offset, { ...options, mask, bias }).dispose();
    const dy = tf.ones([1, 2, 2, 2]);
    tf.dispose([inputs, dy, valueAndGradients(inputs, options, dy)]);
  });
}
