import { createHash } from "node:crypto";
import { exportWeights, loadWeights } from "@ddl/backbones/weights";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import golden from "./goldens/weightsTorchvision.json" with { type: "json" };
import { build } from "./parity.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const digest = (lines: Iterable<string>): string =>
  createHash("sha256")
    .update([...lines].sort().join("\n"))
    .digest("hex");

/** Of these the shapes are compared too; the others are built of the same layers. */
const whole = ["resnet18", "resnext50_32x4d", "googlenet"];

test.each(golden.models)(
  "$name has torchvision's names",
  { timeout: 120_000 },
  async ({ name, tensors, names, shapes }) => {
    const auxiliary = ["inception_v3", "googlenet"].includes(name) ? { auxiliary: true } : {};
    const model = build(name, { classes: 10, ...auxiliary });
    try {
      const { missing } = loadWeights(model, new Map(), { strict: false });
      const counters = missing.filter((each) => each.endsWith("running_var"));
      const all = [...missing, ...counters.map((each) => each.replace("running_var", "num_batches_tracked"))];
      expect(all).toHaveLength(tensors);
      expect(digest(all)).toBe(names);
      if (!whole.includes(name)) return;
      const exported = await exportWeights(model);
      expect(digest([...exported].map(([each, { shape }]) => `${each} ${shape.join()}`))).toBe(shapes);
    } finally {
      model.dispose();
    }
  },
);
