import "@ddl/backend-simd";
import { Random } from "@ddl/core";
import { transResUnet } from "@ddl/unet";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./goldens/transResUnet.json" with { type: "json" };
import { savedAndLoaded } from "./savedAndLoaded.js";
import { fillByRule, image } from "./torchRule.js";

beforeAll(async () => {
  await tf.setBackend("simd");
});

const values = (tensor: Tensor): number[] => [...tensor.dataSync()];

/** Trainable parameters of each part, by the first word of its layers' names. */
function parameters(model: LayersModel): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { originalName, shape } of model.trainableWeights) {
    const part = originalName.split(/[./]/)[0]!;
    counts[part] = (counts[part] ?? 0) + (shape as number[]).reduce((a, b) => a * b, 1);
  }
  return counts;
}

test("has the published model's 27,597,025 parameters, stage by stage", () => {
  // Numbers are of no interest here, and 27 million random ones take seconds.
  const { normal, uniform } = Random.prototype;
  Random.prototype.normal = Random.prototype.uniform = () => 0;
  const model = transResUnet({ inputShape: [256, 256, 3], attention: "asPublished" });
  const counts = parameters(model);
  expect(counts).toEqual(golden.parameters);
  expect(Object.values(counts).reduce((a, b) => a + b)).toBe(27_597_025);
  model.dispose();
  Object.assign(Random.prototype, { normal, uniform });
});

const narrow = (options: object = {}): LayersModel =>
  transResUnet({ inputShape: [32, 48, 2], baseFilters: 2, ...options });

test("has as many with tokens, where there are as many pixels as channels in the bridge", () => {
  const counts = (["tokens", "asPublished"] as const).map((attention) =>
    parameters(narrow({ inputShape: [32, 64, 2], attention })),
  );
  expect(counts[0]).toEqual(counts[1]);
});

test("tokens: any size that 16 divides, whatever the company, also after it was saved and read", async () => {
  const model = narrow({ inputShape: [null, null, 2], classes: 3 });
  fillByRule(model);
  const x = image("any size", [2, 48, 80, 2]);
  const y = model.predict(x) as Tensor;
  expect(y.shape).toEqual([2, 48, 80, 3]);
  expect(values((await savedAndLoaded(model)).predict(x) as Tensor)).toEqual(values(y));
  const alone = model.predict(tf.slice(x, 1)) as Tensor;
  expect(tf.max(tf.abs(tf.sub(alone, tf.slice(y, 1)))).dataSync()[0]).toBeLessThan(1e-6);
});

test("as published: saved and read", async () => {
  const model = narrow({ inputShape: [64, 32, 1], attention: "asPublished" });
  const x = image("published", [2, 64, 32, 1]);
  expect(values((await savedAndLoaded(model)).predict(x) as Tensor)).toEqual(values(model.predict(x) as Tensor));
});

test("weights follow from seed and name alone; training drops by seeds of its own", () => {
  const [model, other] = [narrow({ seed: 3 }), narrow({ seed: 4 })];
  const weights = (made: LayersModel): number[][] => made.getWeights().map(values);
  expect(weights(narrow({ seed: 3 }))).toEqual(weights(model));
  expect(weights(other)).not.toEqual(weights(model));
  const kernel = (layer: string): number[] => values(model.getLayer(layer).getWeights()[0]!);
  expect(kernel("b1.tblock.layers.0.linear1")).not.toEqual(kernel("b1.tblock.layers.1.linear1"));
  const x = image("x", [2, 32, 48, 2]);
  const trained = (made: LayersModel): number[] => {
    made.setWeights(model.getWeights());
    return values(made.apply(x, { training: true }) as Tensor);
  };
  const still = trained(narrow({ dropout: 0 }));
  expect(trained(narrow({ dropout: 0.5, seed: 3 }))).not.toEqual(still);
  expect(trained(narrow({ dropout: 0.5, seed: 3 }))).toEqual(trained(narrow({ dropout: 0.5, seed: 3 })));
});

describe("names what is wrong", () => {
  test.each<[object, string]>([
    [
      { inputShape: [40, 48, 3] },
      "inputShape must have rows and columns that are multiples of 16; received [40, 48, 3]. In place of 40, 32 or 48 would do.",
    ],
    [
      { inputShape: [32, 48, 3], attention: "asPublished" },
      'inputShape must have known rows and columns with attention "asPublished", whose product is a multiple of 2048; received [32, 48, 3].',
    ],
    [
      { inputShape: [null, 64, 3], attention: "asPublished" },
      'inputShape must have known rows and columns with attention "asPublished", whose product is a multiple of 2048; received [null, 64, 3].',
    ],
    [{ attention: "channels" }, 'attention must be one of "tokens", "asPublished"; received "channels".'],
    [{ baseFilters: 3 }, "baseFilters must be even; received 3."],
    [{ dropout: 1 }, "dropout must be a finite number ≥ 0 and < 1; received 1."],
    [
      { depth: 3 },
      'options must have only the keys inputShape, classes, attention, baseFilters, dropout, seed, name; received "depth".',
    ],
  ])("%j", (options, message) => {
    expect(() => narrow(options)).toThrow(`transResUnet: ${message}`);
  });
});
