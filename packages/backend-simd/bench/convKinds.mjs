// Other convolutions, forward and gradients: their arithmetic rate as a share of our own matrix product's.
import { kinds, operations } from "./harness/convolutions.mjs";
import { tf } from "./harness/libraries.mjs";
import { randomArray } from "./harness/random.mjs";
import { benchRow } from "./harness/row.mjs";
import { tensorSide } from "./harness/simdBackend.mjs";

/** The product whose rate is the measure. */
const side = 512;

await benchRow("convKinds", async (row) => {
  const torch = await row.startTorch();
  const a = tf.tensor(randomArray([side, side], 1).values, [side, side]);
  const b = tf.tensor(randomArray([side, side], 2).values, [side, side]);
  for (const [kind, make] of Object.entries(kinds)) {
    // It has a row of its own, against torch.
    if (kind === "conv2d 3×3") continue;
    for (const [channels, size] of [
      [32, 128],
      [64, 64],
    ]) {
      const shape = make(channels, size);
      for (const part of ["forward", "input", "filter"]) {
        const title = `${kind} ${part} b1 C${channels} ${size}²`;
        if (row.wants(title)) await measure(row, torch, { title, part, shape, a, b });
      }
    }
  }
});

async function measure(row, torch, { title, part, shape, a, b }) {
  const { x, filter, dy, multiplications, ...description } = shape;
  const arrays = { x: randomArray(x, 3), filter: randomArray(filter, 4), dy: randomArray(dy, 5) };
  const tensors = Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => [name, tf.tensor(array.values, array.shape)]),
  );
  const product = tensorSide("simd", () => tf.matMul(a, b));
  const sides = {
    simd: tensorSide("simd", () => operations(shape)[part](tensors)),
    // It has another result: nothing to agree on.
    matMul: { run: product.run, before: product.before },
    torch: await torch.side({ op: "convolution", part, ...description }, arrays),
    "torch channels-last": await torch.side({ op: "convolution", part, ...description, channelsLast: true }, arrays),
  };
  const result = await row.compare(title, { sides });
  const rate = (flops, name) => flops / result.milliseconds[name].median / 1e6;
  const gigaflops = { simd: rate(2 * multiplications, "simd"), matMul: rate(2 * side ** 3, "matMul") };
  const share = gigaflops.simd / gigaflops.matMul;
  row.add(result, { convKinds: share }, { shapes: { x, filter, dy }, gigaflops });
  tf.dispose(tensors);
  await torch.forget();
}
