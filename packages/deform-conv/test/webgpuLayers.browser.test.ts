import "@ddl/deform-conv/webgpu";
import {
  DcnV4,
  DeformAttention,
  DeformConv2D,
  DeformConv2DTranspose,
  DeformPooling2D,
  DeformRoiPooling,
} from "@ddl/deform-conv/layers";
import { describeBackend } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { layers } from "@tensorflow/tfjs-layers";
import { expect, test, vi } from "vitest";
import type { Entry } from "./goldenTensors.js";
import { expectClose } from "./goldenTensors.js";
import { random } from "./layerTraining.js";

// A processor in place of a graphics card takes seconds to compile a shader.
vi.setConfig({ testTimeout: 240_000 });

const image = (): Tensor => random([2, 5, 7, 4], 1);
const attended = {
  spatialShapes: [
    [3, 5],
    [2, 2],
  ] as [number, number][],
  heads: 2,
  points: 3,
};
const rows: { name: string; make: () => layers.Layer; inputs: () => Tensor[] }[] = [
  {
    name: "DeformConv2D",
    make: () => new DeformConv2D({ filters: 3, kernelSize: [3, 2], padding: "same", modulated: true, offsetGroups: 2 }),
    inputs: () => [image()],
  },
  {
    name: "DeformConv2DTranspose",
    make: () => new DeformConv2DTranspose({ filters: 3, kernelSize: [2, 3], strides: 2, modulated: true }),
    inputs: () => [image()],
  },
  {
    name: "DeformPooling2D",
    make: () => new DeformPooling2D({ poolSize: [2, 3], mode: "max" }),
    inputs: () => [image()],
  },
  {
    name: "DeformRoiPooling",
    make: () => new DeformRoiPooling({ outputSize: [2, 3], modulated: true, gamma: 0.5 }),
    inputs: () => [image(), tf.tensor([0.5, 1, 5.25, 4, 2, 0.25, 6.5, 3, 0, 0, 7, 5, 3.5, 1.25, 6, 4.5], [2, 2, 4])],
  },
  { name: "DcnV4", make: () => new DcnV4({ groups: 2 }), inputs: () => [image()] },
  {
    name: "DeformAttention",
    make: () => new DeformAttention(attended),
    inputs: () => [random([2, 2, 6], 1), tf.abs(random([2, 2, 2, 2], 2)), random([2, 19, 4], 3)],
  },
];

/** The value of a layer with seeded weights, and the gradients of the weights, read from the backend in use. */
async function run({ make, inputs }: (typeof rows)[number]): Promise<Record<string, Entry>> {
  const layer = make();
  const given = inputs();
  const call = (): Tensor => layer.apply(given.length === 1 ? given[0]! : given) as Tensor;
  call().dispose();
  layer.setWeights(layer.getWeights().map(({ shape }, k) => tf.mul(random(shape, 50 + k), 0.5)));
  const value = call();
  const dy = random(value.shape, 9);
  const { grads } = tf.variableGrads(() => tf.sum(tf.mul(call(), dy)) as tf.Scalar);
  const named: [string, Tensor][] = [
    ["value", value],
    ...layer.trainableWeights.map((weight, k): [string, Tensor] => [`weight ${k}`, grads[weight.name]!]),
  ];
  const read = named.map(async ([name, { shape }], k): Promise<[string, Entry]> => {
    return [name, { shape, values: [...(await named[k]![1].data())] }];
  });
  const result = Object.fromEntries(await Promise.all(read));
  layer.dispose();
  return result;
}

describeBackend("layers", "webgpu", () => {
  test.each(rows)("$name: value and gradients of all weights as on cpu", async (row) => {
    const got = await run(row);
    await tf.setBackend("cpu");
    const wanted = await run(row);
    await tf.setBackend("webgpu");
    expect(Object.keys(got).length).toBeGreaterThan(2);
    for (const [name, { shape, values }] of Object.entries(got)) {
      expect(
        values.some((v) => v !== 0),
        name,
      ).toBe(true);
      await expectClose(name, tf.tensor(values, shape), wanted[name]!, 1e-4);
    }
  });
});
