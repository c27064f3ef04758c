import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import type { Entry } from "./goldenTensors.js";
import { expectClose } from "./goldenTensors.js";

/** What goldens/torchRule.py keeps of a network. */
export interface StepGolden {
  learningRate: number;
  /** Each `every`-th of the outputs. */
  every: number;
  predicted: Entry;
  loss: number;
  /** Of each tensor, by torch's name: where it changed most, its value there after the step, and the change. */
  changes: Record<string, (number | undefined)[]>;
}

/** The numbers in [-1, 1) of goldens/torchRule.py, a function of name and index alone. */
function uniform(name: string, count: number): Float32Array {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193);
  return Float32Array.from({ length: count }, (_, i) => {
    let z = (Math.imul(i, 0x9e3779b9) + h) >>> 0;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    z = (z ^ (z >>> 16)) >>> 0;
    return z / 2 ** 31 - 1;
  });
}

export const image = (name: string, shape: number[]): Tensor =>
  tf.tensor(
    uniform(
      name,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  );

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function torchWeight(name: string, shape: readonly number[]): Float32Array {
  const values = uniform(name, size(shape));
  if (name.endsWith("running_var")) return values.map((v) => 1 + 0.5 * v);
  if (name.endsWith("bias") || name.endsWith("running_mean")) return values.map((v) => 0.1 * v);
  if (shape.length === 1) return values.map((v) => 0.9 + 0.2 * v);
  const bound = Math.sqrt(5 / size(shape.slice(1)));
  return values.map((v) => v * bound);
}

const suffixes: Record<string, string> = {
  kernel: "weight",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var",
  in_proj_kernel: "in_proj_weight",
  out_proj_kernel: "out_proj.weight",
  out_proj_bias: "out_proj.bias",
  offset_kernel: "offset.weight",
  offset_bias: "offset.bias",
  mask_kernel: "mask.weight",
  mask_bias: "mask.bias",
};

/** Torch's name of a weight of ours. */
function torchName(originalName: string): string {
  const cut = originalName.lastIndexOf("/");
  const own = originalName.slice(cut + 1);
  return `${originalName.slice(0, cut)}.${suffixes[own] ?? own}`;
}

/** Where an element in torch's order lies in ours: kernels are [..taps, b, a] for torch's [a, b, ..taps]. */
function ourIndex(torchIndex: number, shape: readonly number[]): number {
  if (shape.length < 2) return torchIndex;
  const [inner, outer] = shape.slice(-2) as [number, number];
  const taps = size(shape) / (inner * outer);
  const tap = torchIndex % taps;
  const b = Math.floor(torchIndex / taps) % inner;
  const a = Math.floor(torchIndex / (taps * inner));
  return (tap * inner + b) * outer + a;
}

const torchShape = (shape: readonly number[]): number[] =>
  shape.length < 2 ? [...shape] : [shape.at(-1)!, shape.at(-2)!, ...shape.slice(0, -2)];

/** A factor of the tensors whose name has a part. */
export type Scales = readonly (readonly [part: string, factor: number])[];

const factorOf = (name: string, scales: Scales): number => scales.find(([part]) => name.includes(part))?.[1] ?? 1;

/** Gives a model the weights of goldens/torchRule.py, each times the factor of its name in `scales`. */
export function fillByRule(model: LayersModel, scales: Scales = []): void {
  tf.tidy(() => {
    model.setWeights(
      model.weights.map(({ originalName, shape: given }) => {
        const shape = given as number[];
        const name = torchName(originalName);
        const theirs = torchWeight(name, torchShape(shape));
        const factor = factorOf(name, scales);
        const ours = new Float32Array(theirs.length);
        for (let i = 0; i < theirs.length; i++) ours[ourIndex(i, shape)] = theirs[i]! * factor;
        return tf.tensor(ours, shape);
      }),
    );
  });
}

/**
 * Checks what a model of {@link fillByRule} predicts, and its weights after one step of SGD.
 * @param rates how many times as large our stored weights of such names are, as for `offsetLearningRate`
 */
export async function expectSameStep(
  model: LayersModel,
  x: Tensor,
  golden: StepGolden,
  { rates = [], tolerance = 1e-4 }: { rates?: Scales; tolerance?: number } = {},
): Promise<void> {
  const predicted = model.predict(x) as Tensor;
  const kept = (await predicted.data()).filter((_, i) => i % golden.every === 0);
  await expectClose("prediction", tf.tensor1d(kept), golden.predicted, tolerance);
  const cotangent = image("cotangent", predicted.shape);
  const loss = tf.tidy(
    () =>
      tf.train.sgd(golden.learningRate).minimize(
        () => tf.mean(tf.mul(model.apply(x, { training: true }) as Tensor, cotangent)) as tf.Scalar,
        true,
        model.trainableWeights.map((weight) => weight.read() as tf.Variable),
      )!,
  );
  expect(Math.abs((await loss.data())[0]! - golden.loss)).toBeLessThanOrEqual(tolerance);
  const names = model.weights.map(({ originalName }) => torchName(originalName));
  expect([...names].sort()).toEqual(Object.keys(golden.changes).sort());
  let largest = 0;
  for (const [k, name] of names.entries()) {
    const [index, value, change] = golden.changes[name] as [number, number, number];
    const { shape } = model.weights[k]!;
    const values = await model.weights[k]!.read().data();
    const got = values[ourIndex(index, shape as number[])]! * factorOf(name, rates);
    expect(Math.abs(got - value) <= tolerance, `${name}: ${got} for ${value}, which changed by ${change}`).toBe(true);
    largest = Math.max(largest, Math.abs(change));
  }
  expect(largest).toBeGreaterThan(100 * tolerance);
  tf.dispose([predicted, cotangent, loss]);
}
