// A training step of the U-Net: against torch, ourselves on one thread, and, at a smaller size, tfjs's `cpu`; of Deformable U-Nets against torch.
import { tf } from "./harness/libraries.mjs";
import { benchRow } from "./harness/row.mjs";
import { startPeer } from "./harness/simdPeer.mjs";
import { chosenUnet, makeUnet, unetInTorch, wordsOf } from "./harness/unetSteps.mjs";

/** `cpu` takes some 12 minutes for a step of the table's size, 16 times the work. The smaller, the worse for us. */
const cpuUnet = { network: "unet", size: 64, batch: 1, baseFilters: 16 };

await benchRow("trainingStep", async (row) => {
  const eight = row.trial ? {} : { batch: 8 };
  for (const change of [{}, eight]) await againstTorch(row, change);
  // They take torch minutes: the table asks for them with the build that has fused multiply-add alone.
  const deformable = row.build === "relaxed" ? ["deformableEncoder", "deformableUnet"] : [];
  for (const network of deformable) await againstTorch(row, { ...eight, network });
  if (row.wants("tfjs cpu")) await againstTfjsCpu(row);
});

async function againstTorch(row, change) {
  const { shape, words } = chosenUnet(row, change);
  const title = `training step, ${words}`;
  if (!row.wants(title)) return;
  const isUnet = shape.network === "unet";
  const ours = await makeUnet(shape);
  const torch = await row.startTorch();
  const sides = { simd: ours.training };
  if (row.threads > 1 && isUnet) {
    sides["simd, 1 thread"] = await startPeer(row.build, 1, shape);
    row.closeAtEnd(sides["simd, 1 thread"]);
  }
  sides.torch = await unetInTorch(torch, ours, shape, "step");
  const torchKept = await row.startTorch(true);
  sides["torch, memory kept"] = await unetInTorch(torchKept, ours, shape, "step");
  if (isUnet) sides["torch channels-last"] = await unetInTorch(torch, ours, shape, "step", true);
  // Adam's first steps go by the gradients' signs: rounding decides about those near zero, and losses drift apart.
  const result = await row.compare(title, { sides, tolerance: 1e-2 });
  const values = {};
  if (row.threads > 1) {
    // The faster torch counts: what fresh pages cost it is no merit of ours.
    const ratio = Math.min(result.ratios.torch.ofMedians, result.ratios["torch, memory kept"].ofMedians);
    values[isUnet ? "trainingTorch" : "trainingDeformable"] = ratio;
    if (isUnet) values.trainingThreads = result.ratios["simd, 1 thread"].ofMedians;
  }
  row.add(result, values, { shapes: shape, trainableParameters: ours.trainableParameters });
  ours.dispose();
  await torch.forget();
  await torchKept.forget();
}

async function againstTfjsCpu(row) {
  const shape = { ...cpuUnet, ...(row.trial && { size: 16 }) };
  const ours = await makeUnet(shape);
  await tf.setBackend("cpu");
  const cpu = await makeUnet(shape);
  // A second step of cpu would take as long again: logits are compared, not losses, and it is timed once, unwarmed.
  const sides = {
    simd: { ...ours.training, output: ours.inference.output },
    "tfjs cpu": { ...cpu.training, output: cpu.inference.output, once: true },
  };
  const title = `tfjs cpu: training step, ${wordsOf(shape)} (smaller than the table's, 1 round of cpu)`;
  const result = await row.compare(title, { sides });
  row.add(result, { trainingTfjsCpu: result.ratios["tfjs cpu"].ofMedians }, { shapes: shape });
}
