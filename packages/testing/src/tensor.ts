import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registerTensorflowStandIn } from "./tensorflow.js";

const inBrowser = typeof window !== "undefined";

/** The backends that this run must cover: `DDL_EXPECT_BACKENDS`, or what every machine has. */
function expectedBackends(): string[] {
  const listed = inBrowser
    ? (import.meta as unknown as { env: Record<string, string | undefined> }).env["VITE_DDL_EXPECT_BACKENDS"]
    : process.env["DDL_EXPECT_BACKENDS"];
  const named = (listed ?? "").split(",").map((name) => name.trim());
  const names = named.filter((name) => name !== "");
  // A variable that is set to nothing asks for nothing: without this no kernel test would run, and all would pass.
  if (names.length === 0) names.push("cpu");
  // webgl and webgpu exist in a browser only; every other backend of the list must be there on both sides.
  return names.filter((name) => inBrowser || !name.startsWith("webg"));
}

/** Tells the wasm backend where the test server has its files; Node finds them beside the package. */
async function findWasmFiles(): Promise<void> {
  const [plain, simd, threaded] = await Promise.all([
    import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url"),
    import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url"),
    import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url"),
  ]);
  setWasmPaths({
    "tfjs-backend-wasm.wasm": plain.default,
    "tfjs-backend-wasm-simd.wasm": simd.default,
    "tfjs-backend-wasm-threaded-simd.wasm": threaded.default,
  });
}

/** Native code, which comes with no package of this repository: a stand-in where it is not expected. */
async function findTensorflow(): Promise<void> {
  if (!expectedBackends().includes("tensorflow")) return registerTensorflowStandIn();
  const specifier = "@tensorflow/tfjs-node";
  await import(/* @vite-ignore */ specifier);
}

/**
 * Runs a block of tests once on each expected backend. A backend that is expected and cannot start fails, so that a machine
 * without it cannot pass by silence.
 * @param options except: backends for which the block runs elsewhere, by `describeBackend`
 */
export function describeKernel(
  name: string,
  block: (backend: string) => void,
  { except = [] }: { except?: readonly string[] } = {},
): void {
  for (const backend of expectedBackends()) {
    if (!except.includes(backend)) describeBackend(name, backend, block);
  }
}

/**
 * Runs a block of tests on one backend, expected or not: for backends that one package has kernels for, `webgpu` in a browser, and for
 * `tensorflow`.
 */
export function describeBackend(name: string, backend: string, block: (backend: string) => void): void {
  describe(`${name} on ${backend}`, () => {
    beforeAll(async () => {
      if (backend === "webgl") {
        await import("@tensorflow/tfjs-backend-webgl");
        // One program for all shapes: to compile one takes seconds where a processor stands in for a graphics card.
        tf.env().set("WEBGL_USE_SHAPES_UNIFORMS", true);
      }
      if (backend === "webgpu") {
        await import("@tensorflow/tfjs-backend-webgpu");
        // Otherwise it leaves small tensors, which are what tests have, to the processor's kernels.
        tf.env().set("WEBGPU_CPU_FORWARD", false);
      }
      if (backend === "tensorflow") await findTensorflow();
      if (backend === "simd") await import("@ddl/backend-simd");
      if (backend === "wasm" && inBrowser) await findWasmFiles();
      // tfjs throws for a name that it does not know, and answers false for a backend that fails.
      const started = await tf.setBackend(backend).catch(() => false);
      expect(started, `backend ${backend} is expected and did not start`).toBe(true);
      await tf.ready();
    });
    block(backend);
  });
}

/** Tests that a block leaves no tensor behind. */
export function testNoLeak(name: string, block: () => Promise<void> | void): void {
  test(name, async () => {
    await block(); // the first call may upload constants that stay
    const before = tf.memory().numTensors;
    await block();
    expect(tf.memory().numTensors).toBe(before);
  });
}

/** Options of {@link expectGradient}. */
export interface GradientCheck {
  /** Step of the central difference. */
  step?: number;
  /** |analytic − numeric| ≤ tolerance · (1 + |numeric|). */
  tolerance?: number;
}

/**
 * Compares the gradient of a scalar function of tensors with central differences of a float64 definition of the same function.
 *
 * tfjs computes in float32, whose differences are too coarse to check a gradient: the numbers come from `reference`.
 * @param f the function under test
 * @param reference the definition, on plain number arrays
 * @param inputs values and shape of every differentiable input
 */
export async function expectGradient(
  f: (...x: Tensor[]) => Tensor,
  reference: (...x: number[][]) => number,
  inputs: { values: number[]; shape: number[] }[],
  { step = 1e-5, tolerance = 2e-4 }: GradientCheck = {},
): Promise<void> {
  const tensors = inputs.map(({ values, shape }) => tf.tensor(values, shape));
  const gradients = tf.grads((...x: Tensor[]) => f(...x) as tf.Scalar)(tensors);
  const analytic = await Promise.all(gradients.map((g) => g.data()));
  tf.dispose([...tensors, ...gradients]);
  for (const [k, input] of inputs.entries()) {
    for (let i = 0; i < input.values.length; i++) {
      const at = (delta: number): number =>
        reference(...inputs.map((x, m) => (m === k ? x.values.map((v, n) => (n === i ? v + delta : v)) : x.values)));
      const numeric = (at(step) - at(-step)) / (2 * step);
      const error = Math.abs(analytic[k]![i]! - numeric) / (1 + Math.abs(numeric));
      expect(error, `input ${k}, element ${i}: ${analytic[k]![i]} for ${numeric}`).toBeLessThanOrEqual(tolerance);
    }
  }
}

afterAll(() => tf.disposeVariables());
