import * as torchLayers from "@ddl/backbones/layers";
import "@ddl/testing/tensor";
import { describeBackend, describeKernel, testNoLeak } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { layers } from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import golden from "./goldens/layers.json" with { type: "json" };
import { uniform } from "./hashed.js";

interface Case {
  name: string;
  layer: string;
  args: Record<string, unknown> & { trainingOnly?: boolean };
  shape: number[];
  weights: Record<string, number[]>;
  quantum?: number;
  yShape: number[];
  y: number[];
  gradients: number[][];
  averages?: number[][];
}

const cases = golden.cases as unknown as Case[];
const make = torchLayers as unknown as Record<string, (args: object) => layers.Layer>;

function numbers(name: string, shape: number[], quantum?: number): tf.Tensor {
  const values = uniform(
    name,
    shape.reduce((a, b) => a * b, 1),
  );
  return tf.tensor(quantum ? values.map((v) => Math.floor(v * quantum) / quantum - 1) : values, shape);
}

/** A layer of a case with its weights, built. */
function layerOf({ name, layer, args: { trainingOnly: _, ...args }, shape, weights }: Case): layers.Layer {
  const made = make[layer]!({ ...args, name });
  made.build([null, ...shape.slice(1)]);
  const given = Object.entries(weights).map(([key, size]) => numbers(`${name}/${key}`, size));
  made.setWeights([...given, ...made.getWeights().slice(given.length)]);
  tf.dispose(given);
  return made;
}

/** The result, and the gradients of its sum times `dy` with respect to x and the trained weights. */
function run(one: Case): { y: tf.Tensor; gradients: tf.Tensor[]; layer: layers.Layer } {
  const layer = layerOf(one);
  const made = tf.tidy(() => {
    const x = numbers(`${one.name}/x`, one.shape, one.quantum);
    const dy = numbers(`${one.name}/dy`, one.yShape);
    const training = one.args.trainingOnly === true;
    const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const image = tf.variable(x);
    const before = layer.getWeights().map((w) => w.clone());
    const y = layer.call(image, { training }) as tf.Tensor;
    layer.setWeights(before);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.mul(layer.call(image, { training }) as tf.Tensor, dy)) as tf.Scalar,
      [image, ...variables],
    );
    const gradients = [image, ...variables].map(({ name }) => grads[name]!);
    image.dispose();
    return { y, gradients };
  });
  return { ...made, layer };
}

async function expectClose(got: tf.Tensor, expected: number[], words: string, tolerance = 4e-6): Promise<void> {
  const values = await got.data();
  const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
  expect(values.length, words).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    const words2 = `${words}, element ${i}: ${values[i]} for ${value}`;
    expect(Math.abs(values[i]! - value), words2).toBeLessThanOrEqual(tolerance * largest);
  }
}

function layersAreTorchs(backend: string): void {
  // Each shape compiles programs of its own on a graphics card, which takes seconds where a processor stands in for one.
  const few = ["convolution2D0", "convolution2D1", "convolution3D6", "batchNormalization8", "maxPooling2D18"];
  const more = ["averagePooling2D20", "layerNormalization14", "resize2D27", "resize2D30"];
  // webgpu fails in ways of its own beside five axes.
  const volumes = ["convolution3D5", "batchNormalization9"].slice(0, backend === "webgpu" ? 2 : 0);
  const ofMany = [...few, ...more, ...volumes];
  const chosen = cases.filter(({ name }) => !backend.startsWith("webg") || ofMany.includes(name));
  test.each(chosen)("$name $args", async (one) => {
    const { y, gradients, layer } = run(one);
    expect(y.shape).toEqual(one.yShape);
    expect(layer.computeOutputShape([null, ...one.shape.slice(1)])).toEqual([null, ...one.yShape.slice(1)]);
    await expectClose(y, one.y, "y");
    expect(gradients.length).toBe(one.gradients.length);
    for (const [k, gradient] of gradients.entries()) {
      await expectClose(gradient, one.gradients[k]!, `gradient ${["x", ...Object.keys(one.weights)][k]}`);
    }
    for (const [k, average] of (one.averages ?? []).entries()) {
      await expectClose(layer.getWeights()[2 + k]!, average, ["mean", "variance"][k]!);
    }
    tf.dispose([y, gradients, ...layer.weights.map((weight) => weight.read())]);
  });

  testNoLeak("leaves no tensor behind", () => {
    for (const one of [cases[1]!, cases.find(({ layer }) => layer === "resize2D")!]) {
      const { y, gradients, layer } = run(one);
      tf.dispose([y, gradients, ...layer.weights.map((weight) => weight.read())]);
    }
  });
}

describeKernel("layers are torch's", layersAreTorchs, { except: ["tensorflow"] });
describeBackend("layers are torch's", "tensorflow", layersAreTorchs);
if (typeof document !== "undefined") describeBackend("layers are torch's", "webgpu", layersAreTorchs);
