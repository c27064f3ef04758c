import { deepSupervision, diceLoss, headWeights, resizeTargets } from "@ddl/losses";
import { testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./goldens/resizeTargets.json" with { type: "json" };

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("headWeights", () => {
  test("nnunet: eighths, quarters, … of fifteen, and nothing for the coarsest", () => {
    expect(headWeights("nnunet", 5).map((weight) => weight * 15)).toEqual([8, 4, 2, 1, 0]);
    expect(headWeights("nnunet", 2)).toEqual([1, 0]);
    expect(headWeights("nnunet", 1)).toEqual([1]);
  });

  test("exp, two and same as MONAI", () => {
    expect(headWeights("exp", 6)).toEqual([1, 0.5, 0.25, 0.125, 0.0625, 0.0625]);
    expect(headWeights("two", 4)).toEqual([1, 0.5, 0.5, 0.5]);
    expect(headWeights("same", 3)).toEqual([1, 1, 1]);
    expect(headWeights([0.1, 0.2, 0.3], 3)).toEqual([0.1, 0.2, 0.3]);
  });

  test("bad input is named", () => {
    expect(() => headWeights("three" as "two", 3)).toThrow(
      'headWeights: weights must be one of "nnunet", "exp", "two", "same"; received "three".',
    );
    expect(() => headWeights([1, 0.5], 3)).toThrow(
      "headWeights: weights must have 3 entries, one a head, not all 0; received [1, 0.5].",
    );
    expect(() => headWeights([1, -0.5], 2)).toThrow("headWeights: weights must be a finite number ≥ 0; received -0.5.");
    expect(() => headWeights("exp", 0)).toThrow("headWeights: count must be an integer ≥ 1; received 0.");
  });
});

describe("resizeTargets", () => {
  test.each(golden.cases)("is torch's nearest-exact from $shape to $size", async ({ shape, size, values, resized }) => {
    const [batch, classes] = [shape[0]!, shape.at(-1)!];
    for (const dtype of ["int32", "float32"] as const) {
      const got = resizeTargets(tf.tensor(values, shape, dtype), size);
      expect([got.shape, got.dtype]).toEqual([[batch, ...size, classes], dtype]);
      expect([...(await got.data())]).toEqual(resized);
    }
  });

  test("takes the middle, not the corner as strides do", async () => {
    expect([...(await resizeTargets(tf.tensor([1, 2, 3, 4, 5, 6], [1, 6, 1]), [2]).data())]).toEqual([2, 5]);
  });

  test("bad input is named", () => {
    expect(() => resizeTargets(tf.zeros([1, 4, 6, 1]), [2])).toThrow(
      "resizeTargets: size must have 2 entries, one a spatial axis of yTrue; received [2].",
    );
    expect(() => resizeTargets(tf.zeros([1, 4, 6, 1]), [2, 0])).toThrow(
      "resizeTargets: size must be an integer ≥ 1; received 0.",
    );
    expect(() => resizeTargets(tf.zeros([1, 4, 0, 1]), [2, 2])).toThrow(
      "resizeTargets: yTrue must have at least one element; received [1, 4, 0, 1].",
    );
  });
});

describe("deepSupervision", () => {
  // tests/losses/test_ds_loss.py of MONAI with DiceLoss: one-hot targets of the labels 1, 0, 1 | 0, 1, 0 and three heads.
  const heads = (): Tensor[] => [
    tf.tensor([1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0], [1, 2, 3, 2]),
    tf.tensor([1, 1, 1, 0, 0, 0, 0, 1], [1, 2, 2, 2]),
    tf.tensor([1, 1, 0, 0], [1, 2, 1, 2]),
  ];
  const target = (): Tensor => tf.tensor([0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0], [1, 2, 3, 2]);
  const dice = (yTrue: Tensor, yPred: Tensor) => diceLoss(yTrue, yPred, { over: "sample-class", smooth: 1e-5 });

  test("MONAI's own case: the first head alone, and all with exp", async () => {
    expect((await deepSupervision(dice, "exp")(target(), heads().slice(0, 1)).data())[0]).toBeCloseTo(0.166666, 5);
    expect((await deepSupervision(dice, "exp")(target(), heads()).data())[0]).toBeCloseTo(0.666665, 4);
  });

  test("weighs each head, and does not compute one of weight 0", async () => {
    const sizes: number[][] = [];
    const count = (yTrue: Tensor, yPred: Tensor): Tensor => {
      expect(yTrue.shape).toEqual(yPred.shape);
      sizes.push(yPred.shape);
      return tf.scalar(10 ** sizes.length);
    };
    expect((await deepSupervision(count, [3, 0, 0.5])(target(), heads()).data())[0]).toBe(30 + 50);
    expect(sizes).toEqual([
      [1, 2, 3, 2],
      [1, 2, 1, 2],
    ]);
  });

  test("trains a model of two outputs through model.compile", async () => {
    const input = tfl.input({ shape: [4, 6, 1] });
    const layer = (name: string) =>
      tfl.layers.conv2d({ name, filters: 1, kernelSize: 1, activation: "sigmoid", kernelInitializer: "ones" });
    const full = layer("full").apply(input) as tfl.SymbolicTensor;
    const pooled = tfl.layers.maxPooling2d({ poolSize: 2 }).apply(input) as tfl.SymbolicTensor;
    const half = layer("half").apply(pooled) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs: [full, half] });
    const loss = deepSupervision((yTrue, yPred) => diceLoss(yTrue, yPred), [0.75, 0.25]);
    model.compile({ optimizer: tf.train.sgd(1), loss: loss.outputs(2) });
    const x = tf.tensor(
      Float32Array.from({ length: 24 }, (_, i) => ((i * 7) % 5) - 2),
      [1, 4, 6, 1],
    );
    const y = tf.cast(tf.greater(x, 0), "float32");
    const expected = (await loss(y, model.predict(x) as Tensor[]).data())[0]!;
    const fitted = await model.fit(x, [y, resizeTargets(y, [2, 3])], { epochs: 5, verbose: 0 });
    const losses = fitted.history["loss"] as number[];
    expect(losses[0]).toBeCloseTo(expected, 5);
    expect(losses[4]).toBeLessThan(losses[0]! - 0.01);
  });

  testNoLeak("leaves no tensor behind", () => {
    const [t, outputs] = [target(), heads()];
    tf.dispose([deepSupervision(dice, "nnunet")(t, outputs), t, ...outputs]);
  });

  test("bad input is named", () => {
    expect(() => deepSupervision(2 as never, "exp")).toThrow("deepSupervision: loss must be a function; received 2.");
    expect(() => deepSupervision(dice, "exp")(target(), [])).toThrow(
      "deepSupervision: heads must be a list of tensors; received [].",
    );
    expect(() => deepSupervision(dice, [1, 1])(target(), heads())).toThrow(
      "headWeights: weights must have 3 entries, one a head, not all 0; received [1, 1].",
    );
    expect(() => deepSupervision(dice, "same")(target(), [7] as never)).toThrow(
      "deepSupervision: a head must be a tensor; received 7.",
    );
  });
});
