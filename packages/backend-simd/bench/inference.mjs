// Inference of the U-Net, against tfjs's `wasm`, which has one thread in Node. torch stands beside.
import { openTfjsWasm } from "./harness/libraries.mjs";
import { benchRow } from "./harness/row.mjs";
import { chosenUnet, makeUnet, unetInTorch } from "./harness/unetSteps.mjs";

await benchRow("inference", async (row) => {
  const { shape, words } = chosenUnet(row);
  const ours = await makeUnet(shape);
  const torch = await row.startTorch();
  const sides = { simd: ours.inference };
  await openTfjsWasm();
  // The same seed makes the same weights; a model's weights lie on one backend.
  sides["tfjs wasm"] = (await makeUnet(shape)).inference;
  sides.torch = await unetInTorch(torch, ours, shape, "inference");
  sides["torch channels-last"] = await unetInTorch(torch, ours, shape, "inference", true);
  const result = await row.compare(`inference, ${words}`, { sides });
  const key = { 1: "inference1", 2: "inference2" }[row.threads];
  row.add(result, key && { [key]: result.ratios["tfjs wasm"].ofMedians }, { shapes: shape });
});
