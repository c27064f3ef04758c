import type { SimdExtensionContext } from "@ddl/backend-simd";
import { extendSimdBackend, registerSimdBackend, simdStatus } from "@ddl/backend-simd";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";

afterEach(async () => {
  await extendSimdBackend("test", async () => {}).catch(() => {});
  tf.removeBackend("simd");
});

test("an extension runs before the backend is used, and again for a backend that is registered anew", async () => {
  const started: SimdExtensionContext[] = [];
  registerSimdBackend({ threads: 1, relaxedSimd: false });
  await extendSimdBackend("test", async (context) => void started.push(context));
  expect(started).toHaveLength(0);
  expect(await tf.setBackend("simd")).toBe(true);
  expect(started).toHaveLength(1);
  expect(started[0]!.backend).toBe(tf.backend());
  expect(started[0]!.runtime.threads).toBe(1);
  expect(started[0]!.relaxed).toBe(false);
  tf.removeBackend("simd");
  registerSimdBackend({ threads: 2 });
  expect(await tf.setBackend("simd")).toBe(true);
  expect(started.map(({ runtime }) => runtime.threads)).toEqual([1, 2]);
});

test("an extension of a backend that has started runs at once, in place of one of its name", async () => {
  const ran: string[] = [];
  registerSimdBackend({ threads: 1 });
  await extendSimdBackend("test", async () => void ran.push("first"));
  await tf.setBackend("simd");
  await extendSimdBackend("test", async () => void ran.push("second"));
  expect(ran).toEqual(["first", "second"]);
  tf.removeBackend("simd");
  registerSimdBackend({ threads: 1 });
  await tf.setBackend("simd");
  expect(ran).toEqual(["first", "second", "second"]);
});

test("a backend whose extension fails does not start, and tells why", async () => {
  registerSimdBackend({ threads: 1 });
  await extendSimdBackend("test", () => Promise.reject(new Error("no kernels today")));
  expect(await tf.setBackend("simd").catch(() => false)).toBe(false);
  expect(simdStatus().failure?.message).toBe("no kernels today");
});
