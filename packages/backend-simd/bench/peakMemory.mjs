// Most resident memory of a training step, in a fresh process on each side, above what was resident before it.
import { readFileSync, writeFileSync } from "node:fs";
import { benchRow } from "./harness/row.mjs";
import { chosenUnet, makeUnet, unetInTorch } from "./harness/unetSteps.mjs";

const steps = 3;

await benchRow("peakMemory", async (row) => {
  const { shape, words } = chosenUnet(row, row.trial ? {} : { batch: 8 });
  const ours = await makeUnet(shape);
  const torch = await row.startTorch();
  const theirs = await unetInTorch(torch, ours, shape, "step");
  // No check of outputs here, which would take steps: trainingStep.mjs has the same sides.
  const bytes = { simd: peakOf(() => ours.training.run()), torch: await theirs.peakMemory(steps) };
  for (const side of Object.values(bytes)) side.added = side.peak - side.before;
  const megabytes = Object.entries(bytes).map(([name, { added, peak }]) => `${name} +${mega(added)} of ${mega(peak)}`);
  const title = `peak memory of a step, ${words}, MB: ${megabytes.join(", ")}`;
  const values = { peakMemory: bytes.simd.added / bytes.torch.added };
  row.add({ title }, values, { shapes: shape, steps, bytes });
});

function peakOf(run) {
  const before = resident("VmRSS");
  // Sets the most so far to the present.
  writeFileSync("/proc/self/clear_refs", "5");
  for (let k = 0; k < steps; k++) run();
  return { before, peak: resident("VmHWM") };
}

function resident(field) {
  const line = readFileSync("/proc/self/status", "utf8").split("\n");
  return 1024 * Number(line.find((one) => one.startsWith(field)).split(/\s+/)[1]);
}

function mega(bytes) {
  return (bytes / 1e6).toFixed(0);
}
