import "@ddl/testing/tensor";
import { describeBackend } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import golden from "./goldens/logits.json" with { type: "json" };
import stepGooglenet from "./goldens/stepGooglenet.json" with { type: "json" };
import stepInceptionV3 from "./goldens/stepInceptionV3.json" with { type: "json" };
import stepResnet18 from "./goldens/stepResnet18.json" with { type: "json" };
import stepResnet50 from "./goldens/stepResnet50.json" with { type: "json" };
import stepResnext50 from "./goldens/stepResnext50.json" with { type: "json" };
import { build, fill, image, trainable } from "./parity.js";

interface Step {
  name: string;
  size: number[];
  gain: number;
  batch: number;
  rate: number;
  heads: number[];
  loss: number;
  changes: Record<string, number[]>;
  classes: number;
}

const steps = [stepResnet18, stepResnet50, stepResnext50, stepGooglenet, stepInceptionV3] as unknown as Step[];

/** Options that leave out what draws random numbers in training. */
function withoutDropout(name: string, auxiliary: boolean): object {
  if (name === "googlenet") return { auxiliary, dropout: 0, ...(auxiliary ? { auxiliaryDropout: 0 } : {}) };
  return name === "inception_v3" ? { auxiliary, dropout: 0 } : {};
}

/** In a function of its own, of some ten million numbers: inside a test the compiler does not get to it. */
function sums(values: ArrayLike<number>): { sum: number; square: number } {
  let sum = 0;
  let square = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    square += values[i]! * values[i]!;
  }
  return { sum, square };
}

describeBackend("backbones are torchvision's", "simd", () => {
  test.each(golden.cases)(
    "$name gives its logits, of an image transformed: $transformInput",
    { timeout: 120_000 },
    ({ name, size, gain, logits, parameters, transformInput }) => {
      const transformed = transformInput ? { transformInput } : {};
      const model = build(name, { classes: golden.classes, ...withoutDropout(name, false), ...transformed });
      expect(trainable(model)).toBe(parameters);
      fill(model.weights, gain);
      const x = image(`${name}/image`, 2, size as [number, number]);
      const y = model.predict(x) as tf.Tensor;
      expect(y.shape).toEqual([2, golden.classes]);
      const worst = Math.max(...[...y.dataSync()].map((value, k) => Math.abs(value - logits[k]!)));
      expect(worst).toBeLessThan(1e-5);
      x.dispose();
      y.dispose();
      model.dispose();
    },
  );

  test.each(steps)("$name takes its step of SGD", { timeout: 240_000 }, (one) => {
    const { name, size, gain, batch, rate, heads, changes, classes } = one;
    const model = build(name, { classes, ...withoutDropout(name, heads.length > 0) });
    fill(model.weights, gain);
    const before = model.weights.map((weight) => weight.read().clone());
    const x = image(`${name}/step`, batch, size as [number, number]);
    const labels = tf.oneHot(tf.range(0, batch, 1, "int32"), classes);
    const cost = (): tf.Scalar => {
      const outputs = [model.apply(x, { training: true })].flat() as tf.Tensor[];
      const losses = outputs.map((output) => tf.losses.softmaxCrossEntropy(labels, output) as tf.Tensor);
      return losses.map((loss, k) => tf.mul(loss, [1, ...heads][k]!)).reduce((a, b) => tf.add(a, b)) as tf.Scalar;
    };
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const loss = tf.train.sgd(rate).minimize(cost, true, variables)!.dataSync()[0]!;
    expect(Math.abs(loss - one.loss)).toBeLessThan(3e-5 * one.loss);

    expect(model.weights.map(({ originalName }) => originalName).sort()).toEqual(Object.keys(changes).sort());
    for (const [k, weight] of model.weights.entries()) {
      const { originalName } = weight;
      const [sum, norm, sample] = changes[originalName]! as [number, number, number];
      const change = tf.tidy(() => tf.sub(weight.read(), before[k]!).dataSync());
      const { sum: got, square } = sums(change);
      const code = [...new TextEncoder().encode(originalName)].reduce((a, b) => a + b, 0);
      const at = change[(code * 7919) % change.length]!;
      const close = (value: number, expected: number, tolerance: number, what: string): void =>
        expect(Math.abs(value - expected), `${what} of ${originalName}: ${value} for ${expected}`).toBeLessThan(
          tolerance,
        );
      // What is computed forwards alone is nearly exact. Of gradients, some ReLUs fall on the other side: with the same numbers torch's own
      // float32 differs from its float64 by 1.5 % in the worst weight.
      const share = originalName.includes("moving") ? 1e-3 : 0.04;
      const deviation = norm / Math.sqrt(change.length);
      close(Math.sqrt(square), norm, share * norm + 1e-7, "norm");
      close(got, sum, share * norm * Math.sqrt(change.length) + 1e-7, "sum");
      close(at, sample, 4 * share * deviation + share * Math.abs(sample) + 1e-7, "sample");
      close(at, sample, 1e-4 * Math.max(1, Math.abs(sample)), "weight");
    }
    tf.dispose([x, labels, before]);
    model.dispose();
  });
});
