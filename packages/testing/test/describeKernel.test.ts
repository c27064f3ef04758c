import * as tf from "@tensorflow/tfjs-core";
import * as vitest from "vitest";
import { afterEach, expect, test, vi } from "vitest";

type Step = () => unknown;
interface Suite {
  name: string;
  before: Step[];
  tests: string[];
}

/** What describeKernel, or describeBackend for a backend, would hand to vitest, recorded instead of run. */
async function suites(listed?: string, only?: string): Promise<Suite[]> {
  const found: Suite[] = [];
  vi.resetModules();
  vi.doMock("vitest", () => ({
    ...vitest,
    afterAll: () => {},
    beforeAll: (step: Step) => found.at(-1)!.before.push(step),
    describe: (name: string, block: Step) => {
      found.push({ name, before: [], tests: [] });
      block();
    },
  }));
  vi.stubEnv("DDL_EXPECT_BACKENDS", listed);
  const { describeBackend, describeKernel } = await import("@ddl/testing/tensor");
  const block = (backend: string) => found.at(-1)!.tests.push(backend);
  if (only === undefined) describeKernel("blur", block);
  else describeBackend("blur", only, block);
  return found;
}
const names = (found: Suite[]): string[] => found.map(({ name }) => name);

afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock("vitest");
});

test("runs its block on cpu where nothing is asked for", async () => {
  for (const listed of [undefined, "", " , "]) expect(names(await suites(listed))).toEqual(["blur on cpu"]);
});

test("runs its block once on each backend that is listed, and tells it which", async () => {
  const found = await suites(" cpu, wasm");
  expect(names(found)).toEqual(["blur on cpu", "blur on wasm"]);
  expect(found.map(({ tests }) => tests)).toEqual([["cpu"], ["wasm"]]);
});

test("runs a block on a backend that is not listed, if it is named", async () => {
  const found = await suites("cpu", "wasm");
  expect(found.map(({ name, tests }) => [name, tests])).toEqual([["blur on wasm", ["wasm"]]]);
});

test("leaves to the browser the backends that only a browser has", async () => {
  expect(names(await suites("cpu,webgl,webgpu"))).toEqual(["blur on cpu"]);
});

test("starts the backend of the block", async () => {
  for (const { before } of await suites("wasm,cpu")) {
    for (const step of before) await step();
  }
  expect(tf.getBackend()).toBe("cpu");
  const [wasm] = await suites("wasm");
  for (const step of wasm!.before) await step();
  expect(tf.getBackend()).toBe("wasm");
});

test("fails where an expected backend does not exist", async () => {
  const [suite] = await suites("nonesuch");
  expect(suite!.before.length).toBe(1);
  await expect(suite!.before[0]!()).rejects.toThrow("backend nonesuch is expected and did not start");
});

test("fails where an expected backend exists and does not start", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  tf.registerBackend("broken", () => {
    throw new Error("no device");
  });
  const [suite] = await suites("broken");
  await expect(suite!.before[0]!()).rejects.toThrow("backend broken is expected and did not start");
  tf.removeBackend("broken");
});
