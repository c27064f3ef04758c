import { DeformConv2D } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

const right = { filters: 6, kernelSize: [2, 3] as const, groups: 2, offsetGroups: 4 };

describe("DeformConv2D names what is wrong", () => {
  test("the options that the rows spoil are right", () => {
    expect(messageOf(() => new DeformConv2D(right).apply(tf.zeros([1, 3, 5, 8])))).toBe("no error");
  });
  const rows: [object, string][] = [
    [{ filters: 0 }, "filters must be an integer ≥ 1; received 0."],
    [{ kernelSize: [3, 0] }, "kernelSize must be an integer ≥ 1; received 0."],
    [{ kernelSize: undefined }, "kernelSize must be an integer ≥ 1; received undefined."],
    [{ kernelSize: [3] }, "kernelSize must be a number or have 2 entries [y, x]; received [3]."],
    [{ strides: 1.5 }, "strides must be an integer ≥ 1; received 1.5."],
    [{ dilationRate: [1, Number.NaN] }, "dilationRate must be an integer ≥ 1; received NaN."],
    [
      { padding: "causal" },
      'padding must be "same", "valid", a number or [[top, bottom], [left, right]]; received "causal".',
    ],
    [{ groups: 4 }, "groups must divide the 6 filters; received 4."],
    [{ groups: 0 }, "groups must be an integer ≥ 1; received 0."],
    [{ offsetGroups: -1 }, "offsetGroups must be an integer ≥ 1; received -1."],
    [{ modulated: 1 }, "modulated must be true or false; received 1."],
    [{ useBias: "no" }, 'useBias must be true or false; received "no".'],
    [{ maskGain: 1 }, "maskGain must be left out without modulated; received 1."],
    [{ modulated: true, maskGain: 0 }, "maskGain must be a finite number > 0; received 0."],
    [{ offsetLearningRate: 0 }, "offsetLearningRate must be a finite number > 0; received 0."],
    [{ offsetLimit: 0 }, "offsetLimit must be a finite number > 0; received 0."],
    [{ dtype: "int32" }, 'dtype must be "float32"; received "int32".'],
  ];
  test.each(rows)("%j", (change, message) => {
    expect(messageOf(() => new DeformConv2D({ ...right, ...change } as never))).toBe(`DeformConv2D: ${message}`);
  });
  test("an unknown option", () => {
    const keys =
      "filters, activation, useBias, kernelInitializer, biasInitializer, kernelRegularizer, biasRegularizer, kernelSize, strides, padding, dilationRate, groups, offsetGroups, modulated, maskGain, offsetLearningRate, offsetLimit, inputShape, batchInputShape, batchSize, dtype, name, trainable, weights";
    expect(messageOf(() => new DeformConv2D({ ...right, dilations: 2 } as never))).toBe(
      `DeformConv2D: options must have only the keys ${keys}; received "dilations".`,
    );
  });
  const inputs: [number[], object, string][] = [
    [[1, 3, 5, 9], {}, "groups must divide the 9 input channels; received 2."],
    [[1, 3, 5, 6], {}, "offsetGroups must divide the 6 input channels; received 4."],
    [
      [1, 3, 5, 8],
      { dilationRate: [1, 3] },
      "input must hold a window of [2, 7] pixels within its padding; received [1, 3, 5, 8].",
    ],
  ];
  test.each(inputs)("an input of shape %j with %j", (shape, change, message) => {
    expect(messageOf(() => new DeformConv2D({ ...right, ...change }).apply(tf.zeros(shape)))).toBe(
      `DeformConv2D: ${message}`,
    );
  });
  test("a shape without channels, and one that is too small", () => {
    const layer = new DeformConv2D({ ...right });
    expect(messageOf(() => layer.computeOutputShape([null, 3, 5, null]))).toBe(
      "DeformConv2D: input must have four axes (batch, height, width, channels), the last of known length; received [null, 3, 5, null].",
    );
    expect(messageOf(() => layer.computeOutputShape([null, 1, null, 8]))).toBe(
      "DeformConv2D: input must hold a window of [2, 3] pixels within its padding; received [null, 1, null, 8].",
    );
  });
});
