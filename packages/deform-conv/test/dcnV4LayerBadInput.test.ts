import { DcnV4 } from "@ddl/deform-conv/layers";
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

describe("DcnV4 names what is wrong", () => {
  test("the options that the rows spoil are right", () => {
    expect(messageOf(() => new DcnV4({ groups: 3 }).apply(tf.zeros([1, 3, 5, 6])))).toBe("no error");
    expect(messageOf(() => new DcnV4({ withoutPointwise: true, outputBias: false }))).toBe("no error");
  });
  const keys =
    "kernelSize, dilationRate, groups, offsetScale, depthwiseKernelSize, centerFeatureScale, removeCenter, withoutPointwise, outputBias, offsetLearningRate, inputShape, batchInputShape, batchSize, dtype, name, trainable, weights";
  test.each([
    [{ kernelSize: [3, 0] }, "kernelSize must be an integer ≥ 1; received 0."],
    [{ kernelSize: [3] }, "kernelSize must be a number or have 2 entries [y, x]; received [3]."],
    [{ dilationRate: 1.5 }, "dilationRate must be an integer ≥ 1; received 1.5."],
    [{ groups: 0 }, "groups must be an integer ≥ 1; received 0."],
    [{ offsetScale: Number.NaN }, "offsetScale must be a finite number > 0; received NaN."],
    [{ depthwiseKernelSize: 0 }, "depthwiseKernelSize must be an integer ≥ 1; received 0."],
    [{ depthwiseKernelSize: 4 }, "depthwiseKernelSize must be odd; received 4."],
    [{ centerFeatureScale: 1 }, "centerFeatureScale must be true or false; received 1."],
    [{ removeCenter: true, kernelSize: 2 }, "removeCenter must be false for a kernel of [2, 2] points; received true."],
    [{ withoutPointwise: "no" }, 'withoutPointwise must be true or false; received "no".'],
    [{ outputBias: 0 }, "outputBias must be true or false; received 0."],
    [
      { withoutPointwise: true, outputBias: true },
      "outputBias must be left out or false with withoutPointwise; received true.",
    ],
    [{ offsetLearningRate: 0 }, "offsetLearningRate must be a finite number > 0; received 0."],
    [{ dtype: "int32" }, 'dtype must be "float32"; received "int32".'],
    [{ strides: 2 }, `options must have only the keys ${keys}; received "strides".`],
  ] as [object, string][])("%j", (options, message) => {
    expect(messageOf(() => new DcnV4(options as never))).toBe(`DcnV4: ${message}`);
  });
  test("an input that its groups do not divide, and shapes without channels or an axis", () => {
    const layer = new DcnV4({ groups: 4 });
    expect(messageOf(() => layer.apply(tf.zeros([1, 3, 5, 6])))).toBe(
      "DcnV4: groups must divide the 6 channels; received 4.",
    );
    const axes = "(batch, height, width, channels), the last of known length";
    expect(messageOf(() => layer.computeOutputShape([null, 3, 5, null]))).toBe(
      `DcnV4: input must have four axes ${axes}; received [null, 3, 5, null].`,
    );
    expect(messageOf(() => layer.computeOutputShape([null, 3, 8]))).toBe(
      `DcnV4: input must have four axes ${axes}; received [null, 3, 8].`,
    );
  });
});
