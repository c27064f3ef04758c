import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@ddl/backend-simd";
import { zeros } from "@ddl/core";
import ndarray from "ndarray";
import { expect } from "vitest";

/** A tensor's shape and values, away from any backend. */
interface Plain {
  shape: number[];
  dtype: tf.DataType;
  values: Float32Array | Int32Array | Uint8Array;
}

/** Values that repeat nowhere along an axis, of both signs, away from 0. */
export function numbers(shape: number[], seed = 1): Plain {
  const values = zeros(Float32Array, shape.length === 0 ? [1] : shape).data;
  for (let i = 0; i < values.length; i++) {
    const x = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    const u = (x - Math.floor(x)) * 2 - 1;
    values[i] = u + Math.sign(u) * 0.05;
  }
  return { shape, dtype: "float32", values };
}

type Compute = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

async function run(backend: string, inputs: readonly Plain[], compute: Compute): Promise<Plain[]> {
  await tf.setBackend(backend);
  const tensors = inputs.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
  const before = tf.memory().numTensors;
  const outputs = tf.tidy(() => [compute(...tensors)].flat());
  expect(tf.memory().numTensors - before, `tensors left by ${backend}`).toBe(outputs.length);
  const plain = outputs.map((y) => ({ shape: y.shape, dtype: y.dtype, values: y.dataSync() as Float32Array }));
  tf.dispose([...tensors, ...outputs]);
  return plain;
}

/** How far `simd` may be from `cpu`, in units of the largest value. */
export interface Tolerance {
  relative: number;
}

/** Expects the same results of `cpu` and `simd`: shapes, types, places of NaN and infinities, and values within a tolerance. */
export async function expectConformance(
  inputs: readonly Plain[],
  compute: Compute,
  { relative }: Tolerance,
): Promise<void> {
  const expected = await run("cpu", inputs, compute);
  const actual = await run("simd", inputs, compute);
  expect(actual.map(({ shape, dtype }) => [shape, dtype])).toEqual(expected.map(({ shape, dtype }) => [shape, dtype]));
  for (const [k, { values, shape }] of expected.entries()) {
    let largest = 0;
    for (const value of values) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
    const as = (data: Plain["values"]) => ndarray(data as Float32Array, shape.length === 0 ? [1] : shape);
    expect(as(actual[k]!.values)).toBeCloseToArray(as(values), { absolute: relative * largest });
  }
}

/** The gradients of a sum weighted by position with respect to every input, as a function for {@link expectConformance}. */
export function gradients(compute: (...inputs: tf.Tensor[]) => tf.Tensor): Compute {
  return (...inputs) => {
    const weighted = (...x: tf.Tensor[]): tf.Scalar => {
      const y = compute(...x);
      const size = Math.max(1, y.size);
      const weights = tf.tensor(
        Float32Array.from({ length: y.size }, (_, i) => Math.cos(i * 0.7) + i / size),
        y.shape,
      );
      return tf.sum(tf.mul(y, weights));
    };
    return tf.grads(weighted)(inputs);
  };
}
