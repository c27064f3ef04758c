// How the time of a training step grows with image size, channels and batch; torch beside. Nothing is asked of it.
import { benchRow } from "./harness/row.mjs";
import { makeUnet, unetInTorch } from "./harness/unetSteps.mjs";

const base = { network: "unet", size: 128, batch: 1, baseFilters: 16 };
const points = [
  ...[64, 128, 256, 512].map((size) => ({ ...base, size })),
  ...[8, 32, 64].map((baseFilters) => ({ ...base, baseFilters })),
  ...[2, 4, 8].map((batch) => ({ ...base, batch })),
];

await benchRow("curve", async (row) => {
  const torch = await row.startTorch();
  for (const shape of points) {
    const title = `size ${shape.size}, base ${shape.baseFilters}, batch ${shape.batch}`;
    if (!row.wants(title)) continue;
    const ours = await makeUnet(shape);
    const sides = { simd: ours.training, torch: await unetInTorch(torch, ours, shape, "step") };
    // One step a round is enough here: 7 rounds, and the longest of them takes seconds.
    const rounds = Math.min(row.rounds, 7);
    row.add(await row.compare(title, { sides, rounds, warmup: 1, tolerance: 1e-2 }), {}, { shapes: shape });
    ours.dispose();
    await torch.forget();
  }
});
