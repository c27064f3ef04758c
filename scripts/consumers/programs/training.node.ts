import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fit, pickBackend } from "@ddl/training";
import { checkpoints, csvLog, tensorBoardLog, terminalProgress } from "@ddl/training/node";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";

// Not imported: it is found because it is installed.
const { name } = await pickBackend({ prefer: "cpu" });
const folder = mkdtempSync("training-");
const images = ndarray(
  Float32Array.from({ length: 24 }, (_, i) => i / 24),
  [1, 4, 6, 1],
);
const starts: number[] = [];
for (const epochs of [2, 3]) {
  const layer = tfl.layers.conv2d({ inputShape: [4, 6, 1], filters: 1, kernelSize: 1, name: "only" });
  await fit(tfl.sequential({ layers: [layer] }), () => [{ images, masks: images, ids: ["ramp"] }], {
    epochs,
    loss: (masks: tf.Tensor, outputs: tf.Tensor) => tf.losses.meanSquaredError(masks, outputs) as tf.Scalar,
    checkpoint: checkpoints(folder),
    callbacks: [
      { onTrainingStart: ({ epoch }) => void starts.push(epoch) },
      csvLog(join(folder, "epochs.csv")),
      tensorBoardLog(join(folder, "events")),
      terminalProgress(),
    ],
  });
}
const rows = readFileSync(join(folder, "epochs.csv"), "utf8").trimEnd().split("\n").length;
console.log(
  name,
  starts.join(),
  rows,
  readdirSync(join(folder, "events", "epochs")).length,
  existsSync(join(folder, "checkpoints.json")),
);
rmSync(folder, { recursive: true });
