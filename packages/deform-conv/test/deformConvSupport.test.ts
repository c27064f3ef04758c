import { deformConvSupport } from "@ddl/deform-conv";
import { ready } from "@ddl/deform-conv/wasm";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("tells what computes on each backend", async () => {
  const all = (word: string, roiMaxima = word) => {
    const same = { forward: word, inputGradient: word, parameterGradients: word, roiPooling: word };
    return { ...same, roiMaxima, roiValues: "anywhere" };
  };
  expect(deformConvSupport("cpu")).toEqual(all("loops"));
  expect(deformConvSupport("tensorflow")).toEqual(all("operations"));
  expect(deformConvSupport("webgpu")).toEqual({ ...all("operations"), roiValues: "host" });
  await tf.setBackend("wasm");
  await ready;
  expect(deformConvSupport()).toEqual(all("kernel", "operations"));
  expect(() => deformConvSupport("")).toThrow('deformConvSupport: backend must be the name of a backend; received "".');
});
