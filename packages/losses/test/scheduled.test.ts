import { diceLoss, schedule, scheduled } from "@ddl/losses";
import { testNoLeak } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const t = () => tf.tensor([1, 1, 0, 0], [1, 4, 1]);
const p = () => tf.tensor([0.9, 0.6, 0.3, 0.2], [1, 4, 1]); // Dice loss 0.2

test("multiplies by the weight of the epoch that was set last, from 0", async () => {
  const loss = scheduled(diceLoss, schedule("linear", { from: 1, to: 3, epochs: 4 }));
  expect(loss.weight).toBe(1);
  expect((await loss(t(), p()).data())[0]).toBeCloseTo(0.2, 6);
  loss.setEpoch(2);
  expect(loss.weight).toBe(2);
  expect((await loss(t(), p()).data())[0]).toBeCloseTo(0.4, 6);
});

test("reads the schedule once an epoch, and computes nothing at weight 0", async () => {
  const read: number[] = [];
  let computed = 0;
  const loss = scheduled(
    (yTrue, yPred) => {
      computed++;
      return diceLoss(yTrue, yPred);
    },
    (epoch) => {
      read.push(epoch);
      return epoch;
    },
  );
  expect((await loss(t(), p()).data())[0]).toBe(0);
  expect(computed).toBe(0);
  loss.setEpoch(3);
  for (const _ of [1, 2]) expect((await loss(t(), p()).data())[0]).toBeCloseTo(0.6, 6);
  expect([read, computed]).toEqual([[0, 3], 2]);
});

test("follows model.fit through its callback", async () => {
  const model = tfl.sequential({
    layers: [tfl.layers.dense({ units: 1, inputShape: [4, 1], kernelInitializer: "ones" })],
  });
  const loss = scheduled(diceLoss, (epoch) => 10 ** epoch);
  model.compile({ optimizer: tf.train.sgd(0), loss });
  const history = await model.fit(p(), t(), { epochs: 3, verbose: 0, callbacks: loss.callback });
  const losses = history.history["loss"] as number[];
  for (const [epoch, value] of losses.entries()) expect(value / 10 ** epoch).toBeCloseTo(0.2, 5);
});

testNoLeak("leaves no tensor behind", () => {
  const [a, b] = [t(), p()];
  tf.dispose([scheduled(diceLoss, () => 0)(a, b), scheduled(diceLoss, () => 2)(a, b), a, b]);
});

test("bad input is named", () => {
  expect(() => scheduled(3 as never, () => 1)).toThrow("scheduled: loss must be a function; received 3.");
  expect(() => scheduled(diceLoss, 0.5 as never)).toThrow("scheduled: weightOfEpoch must be a function; received 0.5.");
  expect(() => scheduled(diceLoss, () => Number.NaN)).toThrow(
    "scheduled: weightOfEpoch's value must be a finite number; received NaN.",
  );
  expect(() => scheduled(diceLoss, () => 1).setEpoch(0.5)).toThrow(
    "scheduled: epoch must be an integer ≥ 0; received 0.5.",
  );
});
