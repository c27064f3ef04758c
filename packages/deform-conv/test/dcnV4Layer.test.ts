import type { DcnV4Args } from "@ddl/deform-conv/layers";
import { DcnV4 } from "@ddl/deform-conv/layers";
import { describeKernel } from "@ddl/testing/tensor";
import type { Optimizer, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import golden from "./goldens/dcnV4Layer.json" with { type: "json" };
import type { Entry } from "./goldenTensors.js";
import { expectClose, tensorOf } from "./goldenTensors.js";

/** Numbers in [-1, 1), of another sequence for each seed. */
const random = (shape: number[], seed: number): Tensor => tf.randomUniform(shape, -1, 1, "float32", seed);
const data = (tensor: Tensor): number[] => [...tensor.dataSync()];
const namesOf = (layer: tfl.layers.Layer): string[] =>
  layer.weights.map(({ originalName }) => originalName.slice(originalName.indexOf("/") + 1));
const largest = (tensor: Tensor): number => tf.max(tf.abs(tensor)).dataSync()[0]!;

describeKernel("DcnV4", () => {
  test.each(golden.cases)("$name: value and every gradient as torch", async (given) => {
    const { depthwiseKernelSize } = given.options as { depthwiseKernelSize?: number };
    const layer = new DcnV4(given.options as unknown as DcnV4Args);
    const x = tensorOf(given.x);
    expect(layer.apply(x)).toMatchObject({ shape: given.value.shape });
    expect(layer.computeOutputShape(x.shape)).toEqual(given.value.shape);
    expect(namesOf(layer)).toEqual(Object.keys(given.weights));
    expect(namesOf(layer).includes("depthwise_kernel")).toBe(depthwiseKernelSize !== undefined);
    layer.setWeights(Object.values(given.weights).map((entry) => tensorOf(entry as Entry)));
    await expectClose("value", layer.apply(x) as Tensor, given.value);
    const dy = tensorOf(given.dy);
    const objective = (input: Tensor): tf.Scalar => tf.sum(tf.mul(layer.apply(input) as Tensor, dy));
    await expectClose("x", tf.grad(objective)(x), given.gradients.x);
    const { grads } = tf.variableGrads(() => objective(x));
    for (const variable of layer.trainableWeights) {
      const key = variable.originalName.slice(variable.originalName.indexOf("/") + 1);
      const expected = given.gradients[key as "x"];
      await expectClose(key, grads[variable.name]!, expected);
    }
    layer.dispose();
  });

  test("a new layer gives 0, or half its projected input, projected again; its projections are Glorot's", async () => {
    const x = random([2, 3, 5, 8], 1);
    const plain = new DcnV4({ kernelSize: [3, 2] });
    expect(data(plain.apply(x) as Tensor).map(Math.abs)).toEqual(new Array(240).fill(0));
    const mixed = new DcnV4({ centerFeatureScale: true, depthwiseKernelSize: 3, groups: 2 });
    const got = mixed.apply(x) as Tensor;
    const [value, , depthwise, depthwiseBias, ...rest] = mixed.getWeights();
    const output = rest.at(-2)!;
    const rows = tf.reshape(x, [30, 8]) as tf.Tensor2D;
    const twice = tf.matMul(tf.matMul(rows, value as tf.Tensor2D), output as tf.Tensor2D);
    await expectClose("value", got, { shape: x.shape, values: data(tf.mul(twice, 0.5)) });
    const bound = Math.sqrt(6 / 16);
    for (const kernel of [value!, output]) {
      expect(largest(kernel)).toBeLessThanOrEqual(bound);
      expect(largest(kernel)).toBeGreaterThan(0.8 * bound);
    }
    for (const weight of [depthwise!, depthwiseBias!]) {
      expect(largest(weight)).toBeLessThanOrEqual(1 / 3);
      expect(largest(weight)).toBeGreaterThan(0.1);
    }
    tf.dispose([plain.getWeights(), mixed.getWeights()]);
  });

  test("100 steps of training keep nothing and lower the loss", async () => {
    const input = tfl.input({ shape: [6, 5, 4] });
    const sampled = new DcnV4({ groups: 2, depthwiseKernelSize: 3, centerFeatureScale: true }).apply(input);
    const output = tfl.layers.add().apply([input, sampled as tfl.SymbolicTensor]) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs: output });
    model.compile({ optimizer: tf.train.adam(0.02), loss: "meanSquaredError" });
    const [x, y] = [random([2, 6, 5, 4], 7), random([2, 6, 5, 4], 8)];
    const first = (await model.trainOnBatch(x, y)) as number;
    const before = tf.memory().numTensors;
    let last = first;
    for (let step = 0; step < 100; step++) last = (await model.trainOnBatch(x, y)) as number;
    expect(tf.memory().numTensors).toBe(before);
    expect(last).toBeLessThan(first / 2);
    model.dispose();
    tf.dispose([x, y]);
  });

  const optimizers: [string, () => Optimizer][] = [
    ["sgd", () => tf.train.sgd(0.1)],
    ["adam", () => tf.train.adam(0.01)],
    ["rmsprop", () => tf.train.rmsprop(0.01)],
  ];
  test.each(optimizers)(
    "offsetLearningRate slows what makes offsets and mask by the rate, and nothing else, under %s",
    (_, make) => {
      const x = random([1, 3, 4, 4], 4);
      const target = random([1, 3, 4, 4], 6);
      /** How far a step moves each weight, as the layer uses it. */
      const movesOf = (rate: number): Record<string, number[]> => {
        const layer = new DcnV4({ groups: 2, depthwiseKernelSize: 3, offsetLearningRate: rate });
        layer.apply(x);
        const names = namesOf(layer);
        const branch = names.map((name) => name.startsWith("depthwise") || name.startsWith("offset_mask"));
        const start = layer.getWeights().map(({ shape }, k) => tf.mul(random(shape, 20 + k), 0.5));
        layer.setWeights(start.map((value, k) => (branch[k] ? tf.div(value, rate) : value)));
        make().minimize(() => tf.mean(tf.squaredDifference(layer.apply(x) as Tensor, target)));
        const moves = layer.getWeights().map((value, k) => tf.sub(branch[k] ? tf.mul(value, rate) : value, start[k]!));
        return Object.fromEntries(names.map((name, k) => [name, data(moves[k]!)]));
      };
      const [full, slow] = [movesOf(1), movesOf(0.125)];
      for (const [name, moves] of Object.entries(full)) {
        const rate = name.startsWith("depthwise") || name.startsWith("offset_mask") ? 0.125 : 1;
        expect(Math.max(...moves.map(Math.abs)), name).toBeGreaterThan(1e-4);
        moves.forEach((move, k) => {
          expect(Math.abs(slow[name]![k]! - rate * move), name).toBeLessThan(2e-6);
        });
      }
    },
  );

  test("a model with it is saved and loaded, with every option", async () => {
    const options: DcnV4Args = {
      kernelSize: [5, 3],
      dilationRate: [1, 2],
      groups: 3,
      offsetScale: 1.5,
      depthwiseKernelSize: 3,
      centerFeatureScale: true,
      removeCenter: true,
      outputBias: false,
      offsetLearningRate: 0.1,
      name: "samples",
      inputShape: [4, 5, 6],
    };
    const model = tfl.sequential({ layers: [new DcnV4(options)] });
    model.setWeights(model.getWeights().map((w, k) => random(w.shape, 20 + k)));
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    const topology = JSON.parse(JSON.stringify(saved!.modelTopology)) as object;
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
    const x = random([2, 4, 5, 6], 30);
    const expected = data(model.predict(x) as Tensor);
    expect(Math.max(...expected)).toBeGreaterThan(0.1);
    expect(data(loaded.predict(x) as Tensor)).toEqual(expected);
    const { inputShape, ...kept } = options;
    expect(loaded.layers[0]!.getConfig()).toMatchObject({ ...kept, batchInputShape: [null, ...inputShape!] });
    expect(loaded.layers[0]!.getConfig()).toEqual(model.layers[0]!.getConfig());
    expect(saved!.weightSpecs!.map(({ name }) => name)[2]).toBe("samples/depthwise_kernel");
    const bare = new DcnV4({ withoutPointwise: true }).getConfig();
    expect(new DcnV4(bare as never).getConfig()).toEqual(bare);
    model.dispose();
    loaded.dispose();
  });
});
