import { registerSimdBackend, simdStatus } from "@ddl/backend-simd";
import "@ddl/deform-conv/simd";
import { deformConv2d, deformConv2dTranspose } from "@ddl/deform-conv";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeformConvGeometry } from "../src/deformConv2d/geometry.js";
import {
  deformConvForward,
  deformConvInputGradient,
  deformConvParameterGradients,
} from "../src/deformConv2d/reference.js";

beforeAll(async () => {
  registerSimdBackend({ threads: 2 });
  await tf.setBackend("simd");
});
afterAll(() => tf.removeBackend("simd"));

const setting = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  size: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 11 })),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
  dilations: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })),
  // Channels of a group, groups, offset groups, outputs of a group.
  channels: fc.constantFrom(
    [1, 1, 1, 1],
    [3, 2, 3, 5],
    [4, 1, 2, 8],
    [7, 1, 7, 3],
    [8, 3, 2, 4],
    [16, 2, 1, 12],
    [67, 1, 1, 9],
    [300, 1, 2, 6],
    [20, 2, 10, 16],
  ),
  masked: fc.boolean(),
  spread: fc.constantFrom(0, 0.7, 4, 40),
  seed: fc.integer({ min: 1, max: 100_000 }),
});

const largest = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => Math.max(a, Math.abs(b)), 1);
function close(words: string, got: ArrayLike<number>, expected: ArrayLike<number>) {
  expect(got.length, words).toBe(expected.length);
  const scale = largest(expected);
  for (let i = 0; i < got.length; i++) {
    if (!(Math.abs(got[i]! - expected[i]!) <= 2e-5 * scale)) expect.fail(`${words} ${i}: ${got[i]} for ${expected[i]}`);
  }
}

test("any geometry gives the definition's values and gradients", () => {
  let runs = 0;
  fc.assert(
    fc.property(setting, ({ batch, size, kernel, strides, dilations, channels, masked, spread, seed }) => {
      const [perGroup, groups, offsetGroups, outputs] = channels as [number, number, number, number];
      const inChannels = perGroup * groups;
      const pad = [1, 2] as const;
      const out = [0, 1].map(
        (k) => Math.floor((size[k]! + 2 * pad[k]! - dilations[k]! * (kernel[k]! - 1) - 1) / strides[k]!) + 1,
      );
      fc.pre(out[0]! >= 1 && out[1]! >= 1);
      runs++;
      const g: DeformConvGeometry = {
        batch,
        inHeight: size[0],
        inWidth: size[1],
        inChannels,
        outHeight: out[0]!,
        outWidth: out[1]!,
        outChannels: groups * outputs,
        kernelHeight: kernel[0],
        kernelWidth: kernel[1],
        groups,
        offsetGroups,
        strideY: strides[0],
        strideX: strides[1],
        dilationY: dilations[0],
        dilationX: dilations[1],
        padTop: pad[0],
        padLeft: pad[1],
      };
      tf.tidy(() => {
        const random = (shape: number[], k: number, deviation = 1) =>
          tf.randomNormal(shape, 0, deviation, "float32", seed + k);
        const taps = kernel[0] * kernel[1] * offsetGroups;
        const x = random([batch, ...size, inChannels], 0);
        const filter = random([...kernel, perGroup, groups * outputs], 1);
        const offset =
          spread === 0
            ? tf.zeros([batch, ...out, 2 * taps] as number[])
            : random([batch, ...(out as [number, number]), 2 * taps], 2, spread);
        const mask = masked ? random([batch, ...(out as [number, number]), taps], 3) : undefined;
        const dy = random([batch, ...(out as [number, number]), groups * outputs], 4);
        const options = {
          strides,
          dilations,
          padding: [
            [1, 1],
            [2, 2],
          ] as [[number, number], [number, number]],
          offsetGroups,
        };
        const inputs = [x, filter, offset, ...(mask ? [mask] : [])];
        const { value, grads } = tf.valueAndGrads(
          (x: tf.Tensor, filter: tf.Tensor, offset: tf.Tensor, mask?: tf.Tensor) =>
            deformConv2d(x, filter, offset, { ...options, ...(mask && { mask }) }),
        )(inputs, dy);
        const read = (t: tf.Tensor) => t.dataSync<"float32">();
        const arrays = [read(filter), read(offset), mask && read(mask)] as const;
        close("value", read(value), deformConvForward(read(x), ...arrays, g));
        close("x", read(grads[0]!), deformConvInputGradient(...arrays, read(dy), g));
        const p = deformConvParameterGradients(read(x), ...arrays, read(dy), g);
        close("filter", read(grads[1]!), p.filter);
        close("offset", read(grads[2]!), p.offset);
        if (mask) close("mask", read(grads[3]!), p.mask);
        const back = tf.valueAndGrads((y: tf.Tensor, filter: tf.Tensor, offset: tf.Tensor) =>
          deformConv2dTranspose(y, filter, offset, { ...options, groups, outputShape: size, ...(mask && { mask }) }),
        )([dy, filter, offset], x);
        close("transpose", read(back.value), deformConvInputGradient(...arrays, read(dy), g));
        close("its y", read(back.grads[0]!), deformConvForward(read(x), ...arrays, g));
        close("its filter", read(back.grads[1]!), p.filter);
        close("its offset", read(back.grads[2]!), p.offset);
      });
    }),
    { numRuns: 100 },
  );
  expect(runs).toBeGreaterThan(50);
  expect(simdStatus().threads).toBe(2);
});
