import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectConformance, gradients, numbers } from "./conformance.js";

describe("depthwiseConv2d is that of cpu", () => {
  test.each([
    [[2, 7, 5, 3], [3, 3, 3, 1], [1, 1], "same"],
    [[1, 9, 8, 17], [3, 2, 17, 1], [1, 1], "valid"],
    [[2, 6, 9, 8], [5, 3, 8, 2], [2, 2], "same"],
    [[1, 8, 7, 5], [2, 4, 5, 3], [1, 1], 1],
    [[1, 5, 6, 1], [3, 3, 1, 4], [1, 1], "same"],
  ] as const)("x %j, filter %j, strides %j, pad %s", async (x, filter, strides, pad) => {
    const compute = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.depthwiseConv2d(a as tf.Tensor4D, w as tf.Tensor4D, [...strides], pad);
    const inputs = [numbers([...x], 1), numbers([...filter], 2)];
    await expectConformance(inputs, compute, { relative: 1e-5 });
    await expectConformance(inputs, gradients(compute), { relative: 1e-5 });
  });

  test("with bias and activation", async () => {
    const inputs = [numbers([1, 6, 5, 4], 1), numbers([3, 3, 4, 2], 2), numbers([8], 3)];
    for (const activation of ["linear", "relu6", "elu"] as const) {
      const compute = ([x, filter, bias]: tf.Tensor[]): tf.Tensor =>
        tf.fused.depthwiseConv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          bias: bias!,
          activation,
          strides: 1,
          pad: "same",
        });
      await expectConformance(inputs, (...all) => compute(all), { relative: 1e-5 });
    }
  });
});
