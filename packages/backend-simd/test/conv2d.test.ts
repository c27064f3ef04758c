import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectConformance, gradients, numbers } from "./conformance.js";

interface Case {
  x: [number, number, number, number];
  filter: [number, number, number, number];
  strides: [number, number];
  pad: "same" | "valid" | number;
}

// Every axis another length; channels 1, 3, 5, 17 and the multiples that vectors and Winograd's transform want.
const cases: Case[] = [
  { x: [2, 7, 5, 3], filter: [3, 3, 3, 5], strides: [1, 1], pad: "same" },
  { x: [1, 9, 12, 16], filter: [3, 3, 16, 24], strides: [1, 1], pad: "same" },
  { x: [2, 13, 11, 16], filter: [3, 3, 16, 16], strides: [1, 1], pad: "valid" },
  { x: [1, 10, 14, 24], filter: [3, 3, 24, 32], strides: [1, 1], pad: 1 },
  { x: [1, 8, 6, 17], filter: [1, 1, 17, 5], strides: [1, 1], pad: "same" },
  { x: [1, 11, 8, 5], filter: [5, 4, 5, 3], strides: [2, 1], pad: "same" },
  { x: [3, 9, 10, 1], filter: [2, 3, 1, 17], strides: [2, 3], pad: "valid" },
  { x: [1, 6, 9, 3], filter: [7, 2, 3, 1], strides: [1, 2], pad: 3 },
  { x: [2, 6, 8, 8], filter: [2, 2, 8, 4], strides: [2, 2], pad: "valid" },
];

describe("conv2d is that of cpu", () => {
  test.each(cases)("x $x, filter $filter, strides $strides, pad $pad", async ({ x, filter, strides, pad }) => {
    const compute = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, strides, pad);
    const inputs = [numbers(x, 1), numbers(filter, 2)];
    // F(4×4, 3×3) is four to five times less exact than the direct sum.
    await expectConformance(inputs, compute, { relative: 2e-5 });
    await expectConformance(inputs, gradients(compute), { relative: 2e-5 });
  });

  test("with bias and activation", async () => {
    const inputs = [numbers([2, 9, 7, 16], 1), numbers([3, 3, 16, 24], 2), numbers([24], 3)];
    for (const activation of ["linear", "relu", "relu6", "leakyrelu", "elu", "sigmoid"] as const) {
      const compute = ([x, filter, bias]: tf.Tensor[]): tf.Tensor =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          bias: bias!,
          activation,
          strides: 1,
          pad: "same",
          leakyreluAlpha: 0.3,
        });
      await expectConformance(inputs, (...all) => compute(all), { relative: 2e-5 });
    }
  });

  test("for an empty batch", async () => {
    const compute = (a: tf.Tensor, w: tf.Tensor): tf.Tensor => tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, 1, "same");
    await expectConformance([numbers([0, 9, 8, 16]), numbers([3, 3, 16, 16])], compute, { relative: 0 });
  });
});

describe("conv2dTranspose is that of cpu", () => {
  test.each([
    [[2, 5, 3, 8], [2, 2, 4, 8], [2, 10, 6, 4], 2, "valid"],
    [[1, 4, 7, 5], [3, 3, 3, 5], [1, 8, 14, 3], 2, "same"],
    [[1, 6, 5, 16], [3, 3, 24, 16], [1, 6, 5, 24], 1, "same"],
  ] as const)("x %j, filter %j, output %j, strides %i, pad %s", async (x, filter, output, strides, pad) => {
    const compute = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.conv2dTranspose(a as tf.Tensor4D, w as tf.Tensor4D, [...output], strides, pad);
    const inputs = [numbers([...x], 1), numbers([...filter], 2)];
    await expectConformance(inputs, compute, { relative: 2e-5 });
    await expectConformance(inputs, gradients(compute), { relative: 2e-5 });
  });
});

describe("a dilated conv2d", () => {
  test.each([
    [[2, 9, 11, 5], [3, 2, 5, 7], [2, 3], "same"],
    [[1, 12, 8, 3], [3, 3, 3, 4], [2, 2], "valid"],
  ] as const)(
    "of x %j, filter %j, dilations %j, pad %s has cpu's values and the gradients of its definition",
    async (x, filter, dilations, pad) => {
      const dilate = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
        tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, 1, pad, "NHWC", [...dilations]);
      const inputs = [numbers([...x], 1), numbers([...filter], 2)];
      await expectConformance(inputs, dilate, { relative: 1e-5 });
      // The same filter with zeros between its taps, which needs no dilation: its gradients are those of cpu.
      const [rows, columns, channels, out] = filter;
      const spread = (w: tf.Tensor): tf.Tensor => {
        const taps = tf.reshape(w, [rows, 1, columns, 1, channels, out]);
        const padded = tf.pad(taps, [
          [0, 0],
          [0, dilations[0] - 1],
          [0, 0],
          [0, dilations[1] - 1],
          [0, 0],
          [0, 0],
        ]);
        const whole = tf.reshape(padded, [rows * dilations[0], columns * dilations[1], channels, out]);
        const size = [(rows - 1) * dilations[0] + 1, (columns - 1) * dilations[1] + 1, channels, out];
        return tf.slice(whole, [0, 0, 0, 0], size);
      };
      const undilated = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
        tf.conv2d(a as tf.Tensor4D, spread(w) as tf.Tensor4D, 1, pad);
      const onSimd = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
        tf.getBackend() === "simd" ? dilate(a, w) : undilated(a, w);
      await expectConformance(inputs, gradients(onSimd), { relative: 2e-5 });
    },
  );

  test("still has no gradient on cpu: tfjs refuses it there", async () => {
    await tf.setBackend("cpu");
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.sum(tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 1, 1]), 1, "same", "NHWC", 2));
    expect(() => tf.tidy(() => tf.grad(f)(tf.ones([1, 8, 8, 1])))).toThrow(/dilation rates greater than 1/);
  });
});
