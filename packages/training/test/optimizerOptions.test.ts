import type { OptimizerOptions } from "@ddl/training";
import { createOptimizer } from "@ddl/training";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("createOptimizer", () => {
  test("has torch's defaults", () => {
    const shared = { decays: "all", groups: [] };
    const moments = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    const described = (options?: OptimizerOptions): unknown => JSON.parse(createOptimizer(options).description);
    expect(described()).toEqual({ kind: "adam", learningRate: 1e-3, ...moments, weightDecay: 0, ...shared });
    expect(described({ kind: "adamW" })).toMatchObject({ kind: "adamW", learningRate: 1e-3, weightDecay: 0.01 });
    expect(described({ kind: "sgd" })).toEqual({
      ...{ kind: "sgd", learningRate: 1e-2, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
      ...shared,
    });
  });

  test("takes the first group that matches: a module with all inside it, an expression or a function", () => {
    const moved = (name: string, match: NonNullable<OptimizerOptions["groups"]>[number]["match"]): boolean => {
      const optimizer = createOptimizer({
        kind: "sgd",
        groups: [
          { match, learningRateFactor: 0 },
          { match: () => true, learningRateFactor: 1 },
        ],
      });
      const variable = tf.variable(tf.tensor1d([1]));
      optimizer.step([{ name, variable, gradient: tf.tensor1d([1]) }], 0.5);
      return variable.dataSync()[0] === 0.5;
    };
    expect(moved("encoder/kernel", "encoder")).toBe(false);
    expect(moved("encoder.layer1.0.conv1/kernel", "encoder")).toBe(false);
    expect(moved("encoder.layer1.0.conv1/kernel", "encoder.layer1")).toBe(false);
    expect(moved("encoder.layer10.conv1/kernel", "encoder.layer1")).toBe(true);
    expect(moved("encoder2/kernel", "encoder")).toBe(true);
    expect(moved("encoder/kernel", "encoder/kernel")).toBe(false);
    const sticky = /kernel$/g;
    expect(moved("head/kernel", sticky)).toBe(false);
    expect(moved("head/kernel", sticky)).toBe(false);
    expect(moved("head/bias", sticky)).toBe(true);
    expect(moved("head/bias", (name) => name.endsWith("bias"))).toBe(false);
  });

  test.each([
    [{ kind: "rmsprop" }, 'kind must be one of "adam", "adamW", "sgd"; received "rmsprop".'],
    [{ kind: "sgd", learningRate: -1 }, "learningRate must be a finite number > 0; received -1."],
    [{ kind: "sgd", momentum: 1 }, "momentum must be a finite number ≥ 0 and < 1; received 1."],
    [{ kind: "sgd", nesterov: true }, "momentum must be > 0 with nesterov; received 0."],
    [
      { kind: "sgd", nesterov: true, momentum: 0.9, dampening: 0.1 },
      "dampening must be 0 with nesterov; received 0.1.",
    ],
    [{ kind: "sgd", dampening: 0.1 }, "dampening must be 0 without momentum; received 0.1."],
    [{ kind: "sgd", nesterov: 1, momentum: 0.9 }, "nesterov must be true or false; received 1."],
    [
      { kind: "sgd", beta1: 0.9 },
      'options must have only the keys kind, learningRate, momentum, dampening, nesterov, weightDecay, decays, groups; received "beta1".',
    ],
    [
      { momentum: 0.9 },
      'options must have only the keys kind, groups, learningRate, beta1, beta2, epsilon, weightDecay, decays; received "momentum".',
    ],
    [{ groups: { match: "a" } }, "groups must be an array; received { match }."],
    [
      { groups: [{ match: "" }] },
      'groups[0].match must be a layer\'s name, a regular expression or a function; received "".',
    ],
    [
      { groups: [{ match: "a", rate: 1 }] },
      'options must have only the keys match, learningRateFactor, weightDecay; received "rate".',
    ],
    [
      { groups: [{ match: "a" }, { match: "b", learningRateFactor: -1 }] },
      "groups[1].learningRateFactor must be a finite number ≥ 0; received -1.",
    ],
    [{ groups: [{ match: "a", weightDecay: -1 }] }, "groups[0].weightDecay must be a finite number ≥ 0; received -1."],
  ])("names what does not fit in %j", (options, message) => {
    expect(() => createOptimizer(options as never)).toThrow(`createOptimizer: ${message}`);
  });
});
