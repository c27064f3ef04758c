import * as backbones from "@ddl/backbones";
import { Random } from "@ddl/core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, LayerVariable } from "@tensorflow/tfjs-layers";
import { uniform } from "./hashed.js";

/** torchvision's names of what is called otherwise here. */
const functions: Record<string, string> = { inception_v3: "inceptionV3" };

/** A model by torchvision's name, whose weights are 0 or whatever costs no time: the tests fill them. */
export function build(name: string, options: object): LayersModel {
  const { fillUniform, fillNormal } = Random.prototype;
  Random.prototype.fillUniform = (values) => values;
  Random.prototype.fillNormal = (values) => values;
  try {
    const make = backbones as unknown as Record<string, (options: object) => LayersModel>;
    return make[functions[name] ?? name]!(options);
  } finally {
    Object.assign(Random.prototype, { fillUniform, fillNormal });
  }
}

const countOf = (shape: readonly (number | null)[]): number => (shape as number[]).reduce((a, b) => a * b, 1);

/** Fills weights by their names, as goldens/parity.py does. */
export function fill(weights: readonly LayerVariable[], gain: number): void {
  for (const weight of weights) {
    const { originalName, shape } = weight;
    const key = originalName.slice(originalName.lastIndexOf("/") + 1);
    const values = uniform(originalName, countOf(shape));
    const size = Math.fround(gain * Math.sqrt(6 / countOf(shape.slice(0, -1))));
    const near = key === "gamma" || key === "moving_variance" ? 1 : 0;
    const factor = key === "kernel" ? size : 0.25;
    // As in a trained network: else 16 blocks make float32 a coarse thing.
    const whole = originalName.endsWith("bn3/gamma") ? 0.25 : 1;
    for (let i = 0; i < values.length; i++) values[i] = whole * (near + factor * values[i]!);
    const filled = tf.tensor(values, shape as number[]);
    weight.write(filled);
    filled.dispose();
  }
}

/** An image of three channels by its name. */
export function image(name: string, batch: number, [rows, columns]: readonly [number, number]): tf.Tensor {
  return tf.tensor(uniform(name, batch * rows * columns * 3), [batch, rows, columns, 3]);
}

/** Numbers of weights that are trained. */
export function trainable(model: LayersModel): number {
  return model.trainableWeights.reduce((sum, { shape }) => sum + countOf(shape), 0);
}
