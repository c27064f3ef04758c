import { resetSimdProfile, simdProfile } from "@ddl/backend-simd";
import { adamW, fit } from "@ddl/training";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./goldens/adamW.json" with { type: "json" };

const [batch, rows, columns] = golden.shape as [number, number, number];
const shapes = [[1, 1, 3, 4], [4], [1, 1, 4, 2], [2]];
const steps = golden.images.length;

/** The golden's cases, under a name of their own. */
const cases = golden.cases.map(({ options, after }) => {
  const { decays, ...numbers } = options;
  return { options: { ...numbers, decays: decays as "all" | "kernels" }, after };
});

/** Two 1 × 1 convolutions with the golden's weights. */
function initialModel(): tfl.Sequential {
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [rows, columns, 3], filters: 4, kernelSize: 1 }),
      tfl.layers.conv2d({ filters: 2, kernelSize: 1 }),
    ],
  });
  const weights = golden.weights.map((values, k) => tf.tensor(values, shapes[k]));
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

function expectWeights(model: tfl.LayersModel, expected: number[][], where: string): void {
  for (const [k, weight] of model.getWeights().entries()) {
    const values = weight.dataSync();
    expect(values.length).toBe(expected[k]!.length);
    for (const [i, value] of expected[k]!.entries()) {
      expect(Math.abs(values[i]! - value), `${where}, weight ${k}, ${i}: ${values[i]} for ${value}`).toBeLessThan(1e-6);
    }
  }
}

/** One step of the golden through tfjs's own training. */
async function trainOn(model: tfl.LayersModel, step: number): Promise<void> {
  const x = tf.tensor(golden.images[step]!, [batch, rows, columns, 3]);
  const y = tf.tensor(golden.targets[step]!, [batch, rows, columns, 2]);
  await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
}

const calls = (name: string): number =>
  simdProfile().find(({ kernel, where }) => kernel === name && where === "wasm")?.calls ?? 0;

describe.each(["cpu", "simd"])("on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  describe.each(cases)("with $options.weightDecay on $options.decays", ({ options, after }) => {
    test("fit takes the steps of torch's AdamW", async () => {
      const model = initialModel();
      const array = (values: number[], channels: number): NdArray<Float32Array> =>
        ndarray(Float32Array.from(values), [batch, rows, columns, channels]) as NdArray<Float32Array>;
      resetSimdProfile();
      await fit(
        model,
        (epoch) => [
          {
            images: array(golden.images[epoch]!, 3),
            masks: array(golden.targets[epoch]!, 2),
            ids: ["first", "second"],
          },
        ],
        {
          epochs: steps,
          loss: (t, y) => tf.losses.meanSquaredError(t, y),
          optimizer: { kind: "adamW", ...options },
          callbacks: [{ onEpochEnd: ({ epoch }) => expectWeights(model, after[epoch]!, `epoch ${epoch}`) }],
        },
      );
      expect(calls("SimdAdam")).toBe(backend === "simd" ? 4 * steps : 0);
      model.dispose();
    });

    test("model.compile with adamW takes them too", async () => {
      const model = initialModel();
      model.compile({ optimizer: adamW(options), loss: "meanSquaredError" });
      resetSimdProfile();
      for (let step = 0; step < steps; step++) {
        await trainOn(model, step);
        expectWeights(model, after[step]!, `step ${step + 1}`);
      }
      const shrunk = options.weightDecay === 0 ? 0 : options.decays === "all" ? 4 : 2;
      expect([calls("SimdAdam"), calls("SimdSgd")]).toEqual(backend === "simd" ? [4 * steps, shrunk * steps] : [0, 0]);
      model.dispose();
    });
  });

  test("a saved model goes on with its optimiser and what it remembers", async () => {
    const { options, after } = cases[1]!;
    const model = initialModel();
    const optimizer = adamW(options);
    model.compile({ optimizer, loss: "meanSquaredError" });
    for (let step = 0; step < 4; step++) await trainOn(model, step);
    let artifacts: tf.io.ModelArtifacts = {};
    const keep = async (given: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    };
    await model.save(tf.io.withSaveHandler(keep), { includeOptimizer: true });
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
    expect(loaded.optimizer.getClassName()).toBe("AdamW");
    expect(loaded.optimizer.getConfig()).toEqual(optimizer.getConfig());
    expect(optimizer.getConfig()).toEqual(options);
    for (let step = 4; step < steps; step++) {
      await trainOn(loaded, step);
      expectWeights(loaded, after[step]!, `step ${step + 1}`);
    }
    model.dispose();
    loaded.dispose();
  });

  test("leaves alone what takes no part in the loss, and a clone of a weight", () => {
    const used = tf.variable(tf.tensor2d([1, -2, 3, 0.5, -0.25, 4], [2, 3]));
    const unused = tf.variable(tf.tensor1d([5, 6]));
    const held = used.clone();
    const optimizer = adamW({ learningRate: 0.5, weightDecay: 0.5 });
    // The gradient is 0 everywhere: a weight only shrinks.
    const loss = () => tf.sum(tf.mul(used, 0)) as tf.Scalar;
    optimizer.minimize(loss, false, [used, unused]);
    expect(Array.from(used.dataSync())).toEqual([0.75, -1.5, 2.25, 0.375, -0.1875, 3]);
    expect(Array.from(unused.dataSync())).toEqual([5, 6]);
    expect(Array.from(held.dataSync())).toEqual([1, -2, 3, 0.5, -0.25, 4]);
    const before = tf.memory().numTensors;
    for (let step = 0; step < 3; step++) optimizer.minimize(loss, false, [used, unused]);
    expect(tf.memory().numTensors).toBe(before);
    optimizer.dispose();
    tf.dispose([used, unused, held]);
  });

  test("by default decays everything by a hundredth of the step size, as torch", () => {
    const weight = tf.variable(tf.tensor1d([1000]));
    const optimizer = adamW();
    expect(optimizer.getConfig()).toEqual({
      ...{ learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      ...{ weightDecay: 0.01, decays: "all" },
    });
    optimizer.minimize(() => tf.sum(tf.mul(weight, 0)) as tf.Scalar);
    expect(weight.dataSync()[0]).toBeCloseTo(999.99, 4);
    optimizer.dispose();
    weight.dispose();
  });
});

describe("names what does not fit", () => {
  test.each([
    [{ weightDecay: -0.1 }, "weightDecay must be a finite number ≥ 0; received -0.1."],
    [{ weightDecay: Number.NaN }, "weightDecay must be a finite number ≥ 0; received NaN."],
    [{ decays: "bias" }, 'decays must be one of "all", "kernels"; received "bias".'],
    [{ learningRate: 0 }, "learningRate must be a finite number > 0; received 0."],
    [{ beta1: 1 }, "beta1 must be a finite number ≥ 0 and < 1; received 1."],
    [{ beta2: -1 }, "beta2 must be a finite number ≥ 0 and < 1; received -1."],
    [{ epsilon: 0 }, "epsilon must be a finite number > 0; received 0."],
  ])("%j", async (options, message) => {
    expect(() => adamW(options as never)).toThrow(`adamW: ${message}`);
    const run = fit(initialModel(), () => [], {
      epochs: 1,
      loss: (t, y) => tf.losses.meanSquaredError(t, y),
      optimizer: options as never,
    });
    await expect(run).rejects.toThrow(`fit: optimizer.${message}`);
  });

  test("an unknown option", () => {
    expect(() => adamW({ weight_decay: 0.1 } as never)).toThrow(
      'adamW: options must have only the keys learningRate, beta1, beta2, epsilon, weightDecay, decays; received "weight_decay".',
    );
  });
});
