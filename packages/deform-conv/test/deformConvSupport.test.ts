import { deformConvSupport } from "@ddl/deform-conv";
import { ready } from "@ddl/deform-conv/wasm";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("tells what computes on each backend", async () => {
  const all = (word: string) => ({ forward: word, inputGradient: word, parameterGradients: word, roiPooling: word });
  expect(deformConvSupport("cpu")).toEqual(all("loops"));
  expect(deformConvSupport("tensorflow")).toEqual(all("operations"));
  await tf.setBackend("wasm");
  await ready;
  expect(deformConvSupport()).toEqual(all("kernel"));
  expect(() => deformConvSupport("")).toThrow('deformConvSupport: backend must be the name of a backend; received "".');
});
