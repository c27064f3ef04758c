import "@tensorflow/tfjs-backend-cpu";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { studySchema } from "../src/config/schema.js";
import { buildNetwork } from "../src/methods/buildNetwork.js";

const common = { inputShape: [32, 64, 3] as [number, number, number], seed: 7 };

/** The network of a method as a study's file says it. */
function network(method: object): LayersModel {
  const { methods } = v.parse(studySchema, {
    name: "networks",
    dataset: { kind: "phantom" },
    split: { kind: "holdout" },
    methods: [{ epochs: 1, ...method }],
  });
  const [config] = methods;
  if (config === undefined || !("epochs" in config)) throw new Error("not trained");
  return buildNetwork(config, common);
}

describe("networks of a study", () => {
  test.each([
    [{ name: "unet", depth: 2, baseFilters: 2 }, "decoder.blocks.1.conv2.0"],
    [{ name: "unet", baseFilters: 2, encoder: "resnet18" }, "encoder.layer4.1.conv2"],
    [{ name: "trans-res-unet", baseFilters: 2 }, "b1.tblock.layers.1.self_attn"],
    [{ name: "deformable-unet", depth: 1, baseFilters: 2 }, "encoder1.conv1"],
  ])("%o gives logits of the image's size", (method, layer) => {
    const model = network(method);
    expect(model.outputs.map(({ shape }) => shape)).toEqual([[null, 32, 64, 1]]);
    expect(model.getLayer(layer).getWeights().length).toBeGreaterThan(0);
    model.dispose();
  });

  test("are plain where a deformable U-Net is told so", () => {
    const classes = (options: object): Set<string> => {
      const model = network({ name: "deformable-unet", depth: 1, baseFilters: 2, ...options });
      const found = new Set(
        model.layers.map((layer) => layer.getClassName()).filter((name) => name.includes("Deform")),
      );
      model.dispose();
      return found;
    };
    expect(classes({}).size).toBe(3);
    expect(classes({ encoder: "plain" }).size).toBe(2);
    expect(classes({ decoder: "transpose", pooling: "max" }).size).toBe(1);
    expect(classes({ encoder: "plain", decoder: "transpose", pooling: "average" }).size).toBe(0);
  });
});
