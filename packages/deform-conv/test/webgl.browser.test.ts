import { deformConv2d, deformConv2dTranspose } from "@ddl/deform-conv";
import { registerWebglKernels } from "@ddl/deform-conv/webgl";
import { describeBackend } from "@ddl/testing/tensor";
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { registerDeformConvKernels } from "../src/deformConv2d/kernels.js";
import { webglKernelKinds, webglKernels } from "../src/webgl/webglKernels.js";
import { deformConv2dCases } from "./cases/deformConv2d.js";
import { deformConv2dTransposeCases } from "./cases/deformConv2dTranspose.js";
import { expectClose } from "./goldenTensors.js";

// Each geometry compiles shaders of its own, which takes a renderer in software long when the machine is busy.
vi.setConfig({ testTimeout: 300_000 });

// The conformance tests, with the kernels that the import above has registered.
describeBackend("deformConv2d", "webgl", deformConv2dCases);
describeBackend("deformConv2dTranspose", "webgl", deformConv2dTransposeCases);

const kernels = [
  "DeformConv2d",
  "DeformConv2dGradients",
  "DeformConv2dInputGradient",
  "DeformConv2dParameterGradients",
] as const;

interface Case {
  /** (batch, height, width, channels). */
  image: [number, number, number, number];
  kernel: [number, number];
  groups: number;
  offsetGroups: number;
}

/** Value and gradients of a convolution of random numbers, on the backend in use. */
function convolve({ image, kernel, groups, offsetGroups }: Case): Record<string, Tensor> {
  return tf.tidy(() => {
    const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
    const [batch, height, width, channels] = image;
    const grid = [batch, height, width];
    const taps = kernel[0] * kernel[1] * offsetGroups;
    const inputs = {
      x: random(image, 1),
      filter: random([...kernel, channels / groups, 2 * groups], 2),
      offset: tf.mul(random([...grid, 2 * taps], 3), 2),
      mask: random([...grid, taps], 4),
    };
    const { value, grads } = tf.valueAndGrads((...given: Tensor[]) => {
      const [x, filter, offset, mask] = given as [Tensor, Tensor, Tensor, Tensor];
      return deformConv2d(x, filter, offset, { mask, padding: "same", offsetGroups }) as Tensor;
    })(Object.values(inputs), random([...grid, 2 * groups], 5));
    return { value, ...Object.fromEntries(Object.keys(inputs).map((name, k) => [name, grads[k]!])) };
  });
}

/** Both operations and all their gradients on few pixels. */
function runAll(): void {
  tf.tidy(() => {
    const all = convolve({ image: [2, 3, 5, 4], kernel: [1, 2], groups: 2, offsetGroups: 1 });
    const filter = tf.ones([1, 2, 2, 4]);
    const offset = tf.zeros([2, 3, 5, 4]);
    tf.grads((y: Tensor, f: Tensor) => deformConv2dTranspose(y, f, offset, { groups: 2 }) as Tensor)([
      all["value"]!,
      filter,
    ]);
  });
}

describeBackend("kernels of deformConv2d", "webgl", () => {
  test("are those that run, and nothing scatters", async () => {
    const { kernelNames } = await tf.profile(runAll);
    expect(kernelNames).toEqual(expect.arrayContaining([...kernels]));
    expect(kernelNames).not.toContain("ScatterNd");
  });

  test("leave no tensor and no texture behind", () => {
    const held = () => {
      const { numTensors, numDataBuffers, numBytesInGPU } = tf.memory() as tf.MemoryInfo & { numBytesInGPU: number };
      return { numTensors, numDataBuffers, numBytesInGPU };
    };
    runAll();
    const before = held();
    for (let time = 0; time < 3; time++) runAll();
    expect(held()).toEqual(before);
  });

  // Columns of a window: 48 and 30 floats. Strips: parts of an image, ten of its 30 windows each; three images, three and one.
  test.each<Case & { limit: number }>([
    { image: [2, 5, 6, 8], kernel: [3, 2], groups: 2, offsetGroups: 2, limit: 500 },
    { image: [7, 2, 3, 5], kernel: [2, 3], groups: 1, offsetGroups: 1, limit: 560 },
  ])("make of $image in strips what the definition makes", async ({ limit, ...setting }) => {
    registerDeformConvKernels<MathBackendWebGL>("webgl", (b) => webglKernels(b, limit), webglKernelKinds);
    const got = convolve(setting);
    expect(registerWebglKernels()).toBe(true);
    await tf.setBackend("cpu");
    const expected = convolve(setting);
    const entries = Object.fromEntries(
      Object.entries(expected).map(([name, t]) => [name, { shape: t.shape, values: [...t.dataSync()] }]),
    );
    await tf.setBackend("webgl");
    for (const [name, entry] of Object.entries(entries)) await expectClose(name, got[name]!, entry);
    tf.dispose([got, expected]);
  });

  test("are not registered where floats of textures have 16 bits, or WebGL is 1", () => {
    const flags = { WEBGL_RENDER_FLOAT32_CAPABLE: false, WEBGL_FORCE_F16_TEXTURES: true, WEBGL_VERSION: 1 };
    for (const [flag, value] of Object.entries(flags)) {
      const usual = tf.env().get(flag) as number | boolean;
      for (const name of kernels) tf.unregisterKernel(name, "webgl");
      tf.env().set(flag, value);
      expect(registerWebglKernels(), flag).toBe(false);
      expect(kernels.filter((name) => tf.getKernel(name, "webgl") !== undefined)).toEqual([]);
      tf.env().set(flag, usual);
      expect(registerWebglKernels()).toBe(true);
      expect(kernels.filter((name) => tf.getKernel(name, "webgl") === undefined)).toEqual([]);
    }
  });
});
