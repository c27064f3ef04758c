// conv2d 3×3, forward and both gradients, against torch (default and channels-last tensors) and tfjs's `wasm`.
import { openTfjsWasm, tf } from "./harness/libraries.mjs";
import { randomArray } from "./harness/random.mjs";
import { benchRow } from "./harness/row.mjs";
import { tensorSide } from "./harness/simdBackend.mjs";

const shapes = [
  { channels: 16, size: 128, target: "conv3x3Narrow" },
  { channels: 32, size: 128, target: "conv3x3Narrow" },
  { channels: 64, size: 64, target: "conv3x3Wide" },
  { channels: 64, size: 128, target: "conv3x3Wide" },
];
const attributes = { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1 };

/** Each part as an operation of tfjs on tensors made beforehand. */
const parts = {
  forward: ({ x, filter }) => tf.conv2d(x, filter, 1, "same"),
  input: ({ x, filter, dy }) =>
    tf.engine().runKernel("Conv2DBackpropInput", { dy, filter }, { ...attributes, inputShape: x.shape }),
  filter: ({ x, filter, dy }) =>
    tf.engine().runKernel("Conv2DBackpropFilter", { x, dy }, { ...attributes, filterShape: filter.shape }),
};

await benchRow("conv3x3", async (row) => {
  const torch = await row.startTorch();
  const torchKept = await row.startTorch(true);
  // It has one thread in Node, and no gradient of a filter.
  const withTfjsWasm = row.threads === 1;
  if (withTfjsWasm) await openTfjsWasm();
  for (const part of Object.keys(parts)) {
    for (const shape of shapes) {
      const title = `conv2d 3×3 ${part} b1 C${shape.channels} ${shape.size}²`;
      if (row.wants(title)) await measure(row, torch, torchKept, { title, part, ...shape, withTfjsWasm });
    }
  }
});

async function measure(row, torch, torchKept, { title, part, channels, size, target, withTfjsWasm }) {
  const image = [1, size, size, channels];
  const shapes = { x: image, filter: [3, 3, channels, channels], dy: image };
  const arrays = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], k) => [name, randomArray(shape, k + 1)]),
  );
  const scope = await openTensors("simd", arrays);
  const sides = { simd: tensorSide("simd", () => parts[part](scope)) };
  const operation = { op: "convolution", part, padding: 1 };
  sides.torch = await torch.side(operation, arrays);
  sides["torch, memory kept"] = await torchKept.side(operation, arrays);
  sides["torch channels-last"] = await torch.side({ ...operation, channelsLast: true }, arrays);
  let wasmScope;
  if (withTfjsWasm && part === "forward") {
    wasmScope = await openTensors("wasm", arrays);
    sides["tfjs wasm"] = tensorSide("wasm", () => parts.forward(wasmScope));
  }
  const result = await row.compare(title, { sides });
  const ratio = (name) => result.ratios[name].ofMedians;
  // The faster torch counts: what fresh pages cost it is no merit of ours.
  const worst = Math.min(ratio("torch"), ratio("torch, memory kept"));
  const values = { [part === "forward" ? target : "conv3x3Gradients"]: worst };
  if (wasmScope !== undefined) values.conv3x3TfjsWasm = ratio("tfjs wasm");
  const gigaflops = (18 * channels * channels * size * size) / result.milliseconds.simd.median / 1e6;
  row.add(result, values, { shapes, effectiveGigaflops: gigaflops });
  tf.dispose([scope, wasmScope ?? {}]);
  await torch.forget();
  await torchKept.forget();
}

async function openTensors(backend, arrays) {
  await tf.setBackend(backend);
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { values, shape }]) => [name, tf.tensor(values, shape)]),
  );
}
