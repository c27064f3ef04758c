import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import { unet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { UpConvolution } from "../src/unet/upConvolution.js";

const sines = (shape: number[], phase: number): tf.Tensor =>
  tf.sin(tf.add(tf.mul(tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape), 1.3), phase));

describeKernel("UpConvolution", () => {
  test.each([
    [[2, 3, 4, 2], [2, 3], 3],
    [[1, 2, 3, 2, 3], [1, 2, 3], 2],
    [[2, 2, 1, 3, 1], [2, 1, 2], 2],
  ])("of %j by %j is the sum of its definition, and so are its gradients", async (shape, strides, filters) => {
    const channels = shape.at(-1)!;
    const space = shape.slice(1, -1);
    const layer = new UpConvolution({ filters, strides });
    const x = sines(shape, 0.1);
    layer.apply(x);
    const [kernel, bias] = [sines([...strides, filters, channels], 0.7), sines([filters], 2)];
    layer.setWeights([kernel, bias]);
    const outSpace = space.map((n, k) => n * strides[k]!);
    const dy = sines([shape[0]!, ...outSpace, filters], 0.4);
    const loss = (): tf.Scalar => tf.sum(tf.mul(layer.apply(x) as tf.Tensor, dy)) as tf.Scalar;
    const y = layer.apply(x) as tf.Tensor;
    const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const { grads } = tf.variableGrads(loss, variables);
    const dx = tf.grad((z: tf.Tensor) => tf.sum(tf.mul(layer.apply(z) as tf.Tensor, dy)))(x);

    // Each output pixel is one input pixel times one tap.
    const [X, K, B, D] = await Promise.all([x, kernel, bias, dy].map((t) => t.data()));
    const product = (numbers: number[]): number => numbers.reduce((a, b) => a * b, 1);
    const expected = new Float64Array(product(y.shape));
    const [ofX, ofK, ofB] = [X!, K!, B!].map(({ length }) => new Float64Array(length)) as Float64Array[];
    const index = (at: number[], lengths: number[]): number => at.reduce((sum, i, k) => sum * lengths[k]! + i, 0);
    for (let at = 0; at < expected.length / filters; at++) {
      const place: number[] = [];
      for (let k = outSpace.length - 1, rest = at; k >= -1; k--) {
        const n = k < 0 ? shape[0]! : outSpace[k]!;
        place.unshift(rest % n);
        rest = Math.floor(rest / n);
      }
      const from = index(
        [place[0]!, ...space.map((_, k) => Math.floor(place[k + 1]! / strides[k]!))],
        [shape[0]!, ...space],
      );
      const tap = index(
        strides.map((stride, k) => place[k + 1]! % stride),
        strides,
      );
      for (let o = 0; o < filters; o++) {
        const g = D![at * filters + o]!;
        let sum = B![o]!;
        ofB![o]! += g;
        for (let c = 0; c < channels; c++) {
          const k = (tap * filters + o) * channels + c;
          sum += X![from * channels + c]! * K![k]!;
          ofX![from * channels + c]! += g * K![k]!;
          ofK![k]! += g * X![from * channels + c]!;
        }
        expected[at * filters + o] = sum;
      }
    }
    expect(y.shape).toEqual([shape[0]!, ...outSpace, filters]);
    const near = async (t: tf.Tensor, values: Float64Array, words: string): Promise<void> => {
      const got = await t.data();
      for (const [i, value] of values.entries()) expect(Math.abs(got[i]! - value), `${words} ${i}`).toBeLessThan(2e-4);
    };
    await near(y, expected, "value");
    await near(dx, ofX!, "dx");
    await near(grads[variables[0]!.name]!, ofK!, "dKernel");
    await near(grads[variables[1]!.name]!, ofB!, "dBias");
  });

  let layer: UpConvolution | undefined;
  testNoLeak("leaves its result alone", () => {
    layer ??= new UpConvolution({ filters: 2, strides: [2, 2] });
    const x = tf.ones([1, 2, 3, 1]);
    tf.dispose([x, layer.apply(x) as tf.Tensor]);
  });
});

async function expectLearns(model: LayersModel, shape: number[]): Promise<void> {
  const x = sines(shape, 0.3);
  const target = tf.cast(tf.greater(tf.slice(x, 0, [...shape.slice(0, -1), 1]), 0), "float32");
  const optimizer = tf.train.sgd(0.5);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const loss = (): tf.Scalar => {
    const logits = model.apply(x, { training: true }) as tf.Tensor;
    return tf.losses.sigmoidCrossEntropy(target, logits) as tf.Scalar;
  };
  const losses: number[] = [];
  for (let step = 0; step < 4; step++) {
    const value = optimizer.minimize(loss, true, variables)!;
    losses.push((await value.data())[0]!);
    value.dispose();
  }
  expect(losses.at(-1)! < losses[0]!, losses.join(" ")).toBe(true);
  model.dispose();
}

describeKernel("unet", () => {
  test("learns from images", async () => {
    await expectLearns(unet({ inputShape: [4, 8, 2], depth: 1, baseFilters: 2 }), [2, 4, 8, 2]);
  });
});

// On webgl half a minute of compiling, for layers that are each tested there.
describeKernel(
  "unet with attention",
  () => {
    test("learns from images and volumes", async () => {
      await expectLearns(unet({ inputShape: [4, 8, 2], depth: 1, baseFilters: 2, attention: "gate" }), [2, 4, 8, 2]);
      const upsampling = "bilinear";
      await expectLearns(
        unet({ inputShape: [2, 4, 6, 1], depth: 1, baseFilters: 2, upsampling, attention: "scse" }),
        [1, 2, 4, 6, 1],
      );
    });
  },
  { except: ["webgl"] },
);
