import { registerSimdBackend, simdStatus } from "@ddl/backend-simd";
import { deformConv2d, deformConv2dTranspose, psRoiAlign, roiAlign } from "@ddl/deform-conv";
import { ready as simdReady } from "@ddl/deform-conv/simd";
import { ready as wasmReady } from "@ddl/deform-conv/wasm";
import "@tensorflow/tfjs-backend-wasm";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeformConvGeometry } from "../src/deformConv2d/geometry.js";
import {
  deformConvForward,
  deformConvInputGradient,
  deformConvParameterGradients,
} from "../src/deformConv2d/reference.js";

const small = (min: number, max: number) => fc.integer({ min, max });
const setting = fc.record({
  batch: small(1, 2),
  size: fc.tuple(small(1, 9), small(1, 11)),
  kernel: fc.tuple(small(1, 3), small(1, 4)),
  strides: fc.tuple(small(1, 2), small(1, 3)),
  dilations: fc.tuple(small(1, 3), small(1, 2)),
  // Channels of a group, groups, offset groups, outputs of a group: vectors and what is left of them, blocks, slices within groups.
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
  seed: small(1, 100_000),
});

const read = (t: Tensor): Float32Array => t.dataSync<"float32">();

/** Of the largest value: float32 sums of up to 3,600 products, whose order differs from the definition's. */
const tolerance = 2e-5;

function expectClose(words: string, got: Tensor, expected: ArrayLike<number>): void {
  const values = read(got);
  expect(values.length, words).toBe(expected.length);
  const largest = Array.from(expected).reduce((a, b) => Math.max(a, Math.abs(b)), 1);
  const error = values.reduce((most, value, k) => Math.max(most, Math.abs(value - expected[k]!)), 0);
  expect(error, words).toBeLessThanOrEqual(tolerance * largest);
}

/** Names of the kernels that a piece of work runs. */
async function kernelsOf(work: () => Tensor[]): Promise<string[]> {
  return (await tf.profile(() => tf.tidy(() => void work()))).kernelNames;
}

describe.each(["simd", "wasm"])("kernels of %s", (backend) => {
  beforeAll(async () => {
    if (backend === "simd") registerSimdBackend({ threads: 2 });
    await tf.setBackend(backend);
    await Promise.all([simdReady, wasmReady]);
  });
  afterAll(() => tf.removeBackend(backend));

  test("any convolution gives the definition's values and gradients, and so does its transpose", () => {
    let runs = 0;
    const property = fc.property(
      setting,
      ({ batch, size, kernel, strides, dilations, channels, masked, spread, seed }) => {
        const [perGroup, groups, offsetGroups, outputs] = channels as [number, number, number, number];
        const inChannels = perGroup * groups;
        const pad = [1, 2] as const;
        const lengthOf = (k: 0 | 1) =>
          Math.floor((size[k] + 2 * pad[k] - dilations[k] * (kernel[k] - 1) - 1) / strides[k]) + 1;
        const out = [lengthOf(0), lengthOf(1)] as const;
        fc.pre(out[0] >= 1 && out[1] >= 1);
        runs++;
        const g: DeformConvGeometry = {
          ...{ batch, inHeight: size[0], inWidth: size[1], inChannels, groups, offsetGroups },
          ...{ outHeight: out[0], outWidth: out[1], outChannels: groups * outputs },
          ...{ kernelHeight: kernel[0], kernelWidth: kernel[1], strideY: strides[0], strideX: strides[1] },
          ...{ dilationY: dilations[0], dilationX: dilations[1], padTop: pad[0], padLeft: pad[1] },
        };
        tf.tidy(() => {
          const random = (shape: number[], k: number, deviation = 1): Tensor =>
            tf.randomNormal(shape, 0, deviation, "float32", seed + k);
          const taps = kernel[0] * kernel[1] * offsetGroups;
          const grid = [batch, ...out];
          const x = random([batch, ...size, inChannels], 0);
          const filter = random([...kernel, perGroup, groups * outputs], 1);
          const offset: Tensor = spread === 0 ? tf.zeros([...grid, 2 * taps]) : random([...grid, 2 * taps], 2, spread);
          const mask = masked ? random([...grid, taps], 3) : undefined;
          const dy = random([...grid, groups * outputs], 4);
          const padding: [[number, number], [number, number]] = [
            [1, 1],
            [2, 2],
          ];
          const options = { strides, dilations, padding, offsetGroups };
          const arrays = [read(filter), read(offset), mask && read(mask)] as const;
          const forward = deformConvForward(read(x), ...arrays, g);
          const ofInput = deformConvInputGradient(...arrays, read(dy), g);
          const of = deformConvParameterGradients(read(x), ...arrays, read(dy), g);
          const inputs = [filter, offset, ...(mask === undefined ? [] : [mask])];
          const both = [
            tf.valueAndGrads(
              (image: Tensor, f: Tensor, o: Tensor, m?: Tensor): Tensor =>
                deformConv2d(image, f, o, { ...options, ...(m && { mask: m }) }),
            )([x, ...inputs], dy),
            tf.valueAndGrads(
              (y: Tensor, f: Tensor, o: Tensor, m?: Tensor): Tensor =>
                deformConv2dTranspose(y, f, o, { ...options, groups, outputShape: size, ...(m && { mask: m }) }),
            )([dy, ...inputs], x),
          ] as const;
          expectClose("value", both[0].value, forward);
          expectClose("gradient of x", both[0].grads[0]!, ofInput);
          expectClose("transpose", both[1].value, ofInput);
          expectClose("gradient of y", both[1].grads[0]!, forward);
          for (const { grads } of both) {
            expectClose("filter", grads[1]!, of.filter);
            expectClose("offset", grads[2]!, of.offset);
            if (mask !== undefined) expectClose("mask", grads[3]!, of.mask);
          }
        });
      },
    );
    fc.assert(property, { numRuns: 100 });
    expect(runs).toBeGreaterThan(50);
  });

  test("one pass makes the gradients of a convolution; its transpose makes them by the same kernels", async () => {
    const [x, filter, offset] = [tf.ones([1, 5, 6, 3]), tf.ones([3, 3, 3, 2]), tf.zeros([1, 3, 4, 18])];
    const y = tf.ones([1, 3, 4, 2]);
    const ours = (names: string[]) => names.filter((name) => name.startsWith("Deform"));
    const convolution = await kernelsOf(() =>
      tf.grads((a: Tensor, b: Tensor, c: Tensor): Tensor => deformConv2d(a, b, c))([x, filter, offset]),
    );
    expect(ours(convolution)).toEqual(["DeformConv2d", "DeformConv2dGradients"]);
    const transpose = await kernelsOf(() =>
      tf.grads((a: Tensor, b: Tensor, c: Tensor): Tensor => deformConv2dTranspose(a, b, c))([y, filter, offset]),
    );
    expect(ours(transpose)).toEqual(["DeformConv2dInputGradient", "DeformConv2dParameterGradients", "DeformConv2d"]);
  });

  test("a tap that reads nothing is 0, whatever the image holds", () => {
    const x = tf.tensor([Number.NaN, 1, 2, 3, 4, 5], [1, 2, 3, 1]);
    const offset = tf.tensor([0, 0, 9, 9, 0, 0, 0, 0, 0, 0, Number.NaN, 0], [1, 2, 3, 2]);
    const out = deformConv2d(x, tf.ones([1, 1, 1, 1]), offset);
    expect([...read(out)]).toEqual([Number.NaN, 0, 2, 3, 4, 0]);
  });

  test("bins of RoIs, of 1 to 70 channels, side by side and apart, equal the backend cpu's", async () => {
    const rois = tf.tensor([
      [1, 1.25, -2, 5.5, 3.75],
      [0, 0, 0, 8, 6],
      [1, 20, 20, 30, 30],
    ]);
    for (const channels of [1, 5, 38, 70]) {
      const x = tf.randomNormal([2, 7, 9, 6 * channels], 0, 1, "float32", channels);
      for (const pool of [roiAlign, psRoiAlign]) {
        const once = (image: Tensor): Tensor => pool(image, rois, { outputSize: [2, 3] });
        const results: Float32Array[] = [];
        for (const name of [backend, "cpu"]) {
          await tf.setBackend(name);
          const dy = tf.randomNormal(once(x).shape, 0, 1, "float32", 1);
          const { value, grad } = tf.valueAndGrad(once)(x, dy);
          results.push(read(value), read(grad));
        }
        await tf.setBackend(backend);
        const [value, gradient, ofCpu, gradientOfCpu] = results as [
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
        ];
        expectClose("value", tf.tensor(value), ofCpu);
        expectClose("gradient", tf.tensor(gradient), gradientOfCpu);
      }
    }
    const names = await kernelsOf(() => [
      tf.grad((image: Tensor): Tensor => roiAlign(image, rois, { outputSize: 2 }))(tf.ones([2, 4, 5, 3])),
    ]);
    expect(names.filter((name) => name.startsWith("Deform"))).toEqual(["DeformBinSums", "DeformBinGradient"]);
  });
});

test("one thread and two give the same bits", async () => {
  const results: Float32Array[][] = [];
  for (const threads of [1, 2]) {
    registerSimdBackend({ threads });
    await tf.setBackend("simd");
    expect(simdStatus().threads).toBe(threads);
    const random = (shape: number[], k: number): Tensor => tf.randomNormal(shape, 0, 1, "float32", k);
    const inputs = [random([2, 30, 31, 40], 1), random([3, 3, 20, 12], 2), random([2, 30, 31, 36], 3)];
    const { value, grads } = tf.valueAndGrads(
      (x: Tensor, filter: Tensor, offset: Tensor): Tensor =>
        deformConv2d(x, filter, offset, { offsetGroups: 2, padding: "same" }),
    )(inputs, random([2, 30, 31, 12], 4));
    results.push([value, ...grads].map(read));
    tf.removeBackend("simd");
  }
  expect(results[0]).toEqual(results[1]);
});
