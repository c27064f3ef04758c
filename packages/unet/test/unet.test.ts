import { unet } from "@ddl/unet";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";

function trainable(model: LayersModel): number {
  return model.trainableWeights.reduce((sum, { shape }) => sum + (shape as number[]).reduce((a, b) => a * b, 1), 0);
}

async function bytes(model: LayersModel): Promise<string> {
  const values = await Promise.all(model.getWeights().map((weight) => weight.data()));
  return values.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString("base64")).join();
}

describe("unet", () => {
  test.each([
    [32, 7_763_041],
    [16, 1_942_577],
  ])("with %d base filters has the %d trainable parameters of Buda's", (baseFilters, parameters) => {
    expect(trainable(unet({ inputShape: [32, 48, 3], baseFilters }))).toBe(parameters);
  });

  test("gives logits of the image's size for every class", () => {
    const model = unet({ inputShape: [8, 12, 2], classes: 3, depth: 2, baseFilters: 2 });
    const x = tf.randomNormal([5, 8, 12, 2], 0, 1, "float32", 3);
    const y = model.predict(x) as tf.Tensor;
    expect(y.shape).toEqual([5, 8, 12, 3]);
    expect(tf.min(y).dataSync()[0]).toBeLessThan(0);
    expect(tf.max(y).dataSync()[0]).toBeGreaterThan(0);
  });

  test("starts from the same bytes for the same seed and from others for another", async () => {
    const make = (seed: number) => unet({ inputShape: [8, 8, 1], depth: 1, baseFilters: 2, seed });
    expect(await bytes(make(4))).toBe(await bytes(make(4)));
    expect(await bytes(make(4))).not.toBe(await bytes(make(5)));
  });

  test("starts no two layers from the same numbers", () => {
    const model = unet({ inputShape: [8, 8, 2], depth: 1, baseFilters: 2, normalization: "none" });
    const [first, second] = ["encoder1_conv1", "encoder1_conv2"].map((layer) => model.getLayer(layer).getWeights()[0]!);
    expect(first!.shape).toEqual(second!.shape);
    expect([...first!.dataSync()]).not.toEqual([...second!.dataSync()]);
  });

  test("has a bias in place of normalisation if asked", () => {
    const weights = unet({ inputShape: [4, 4, 1], depth: 1, baseFilters: 1, normalization: "none" }).weights.map(
      ({ originalName }) => originalName,
    );
    expect(weights.filter((name) => name.includes("norm"))).toEqual([]);
    expect(weights).toContain("encoder1_conv1/bias");
  });

  test("saves and reloads", async () => {
    const model = unet({ inputShape: [4, 8, 2], depth: 1, baseFilters: 2, seed: 8 });
    let saved: tf.io.ModelArtifacts = {};
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    const copy = await loadLayersModel(tf.io.fromMemory(saved));
    const x = tf.randomNormal([1, 4, 8, 2], 0, 1, "float32", 1);
    expect([...(copy.predict(x) as tf.Tensor).dataSync()]).toEqual([...(model.predict(x) as tf.Tensor).dataSync()]);
  });

  test("names a size that does not divide, and the sizes that would do", () => {
    expect(() => unet({ inputShape: [100, 96, 3] })).toThrow(
      "unet: inputShape must have rows and columns that are multiples of 16 (2^depth); received [100, 96, 3]. In place of 100, 96 or 112 would do.",
    );
    expect(() => unet({ inputShape: [4, 4, 1], depth: 3 })).toThrow("In place of 4, 8 would do.");
    expect(() => unet({ inputShape: [16, 16] as never })).toThrow(
      "unet: inputShape must have 3 entries (rows, columns, channels); received [16, 16].",
    );
    expect(() => unet({ inputShape: [16, 16, 1], filters: 3 } as never)).toThrow(
      'unet: options must have only the keys inputShape, classes, depth, baseFilters, normalization, seed, name; received "filters".',
    );
    expect(() => unet({ inputShape: [16, 16, 1], depth: 0 })).toThrow(
      "unet: depth must be an integer ≥ 1 and ≤ 12; received 0.",
    );
  });
});
