// Runs deformConv2d and roiAlign forward and backward on the backend webgpu in Node, and prints by how much values and gradients differ
// from their goldens. Prints "absent" where there is no adapter.
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { create, globals } from "webgpu";

// What the backend looks for in a page.
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, "navigator", { value: { gpu: create([]), userAgent: "" }, configurable: true });
if ((await navigator.gpu.requestAdapter()) === null) {
  console.log("absent");
  process.exit(0);
}
await import("@tensorflow/tfjs-backend-webgpu");
const { deformConv2d, roiAlign } = await import("@ddl/deform-conv");
await import("@ddl/deform-conv/webgpu");
await tf.setBackend("webgpu");

const casesOf = (name) => JSON.parse(readFileSync(new URL(`../goldens/${name}.json`, import.meta.url), "utf8")).cases;
const tensorOf = ({ values, shape }) => tf.tensor(values, shape, "float32");

/** Largest difference of each result, relative to its golden's largest value. */
async function errorsOf(results, goldens) {
  const errors = results.map(async (result, k) => {
    const wanted = goldens[k].values;
    const got = await result.data();
    const largest = wanted.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
    return wanted.reduce((a, b, i) => Math.max(a, Math.abs(b - got[i])), 0) / largest;
  });
  return Promise.all(errors);
}

const convolution = casesOf("deformConv2d").at(-1);
const names = Object.keys(convolution.inputs);
const convolve = (...given) => {
  const { x, filter, offset, ...rest } = Object.fromEntries(names.map((name, k) => [name, given[k]]));
  return deformConv2d(x, filter, offset, { ...convolution.options, ...rest });
};
const convolved = tf.valueAndGrads(convolve)(
  names.map((name) => tensorOf(convolution.inputs[name])),
  tensorOf(convolution.dy),
);
const pooling = casesOf("roiAlign")[0];
const pooled = tf.valueAndGrad((x) => roiAlign(x, tensorOf(pooling.rois), pooling.options))(
  tensorOf(pooling.x),
  tensorOf(pooling.dy),
);

const errors = [
  ...(await errorsOf(
    [convolved.value, ...convolved.grads],
    [convolution.value, ...names.map((name) => convolution.gradients[name])],
  )),
  ...(await errorsOf([pooled.value, pooled.grad], [pooling.value, pooling.gradient])),
];
console.log(JSON.stringify({ backend: tf.getBackend(), names, errors }));
process.exit(0); // the device would keep the program alive
