import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import type { OptimizerOptions, TrainingOptimizer, WeightUpdate } from "@ddl/training";
import { createOptimizer } from "@ddl/training";
import type { Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import golden from "./goldens/optimizers.json" with { type: "json" };

type Name = keyof typeof golden.shapes;
type Variables = Record<Name, Variable>;

const names = Object.keys(golden.shapes) as Name[];
const cases = golden.cases.map(({ options, after }) => ({ options: options as OptimizerOptions, after }));

/** One of each kind of memory. */
const remembering = [1, 3, 4, 6, 8].map((k) => cases[k]!);

function initialWeights(): Variables {
  const make = (name: Name): Variable => tf.tidy(() => tf.variable(tf.tensor(golden.start[name], golden.shapes[name])));
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Variables;
}

/** One step of the golden; the gradients are given in the order of `order`. */
function step(optimizer: TrainingOptimizer, weights: Variables, number: number, order = names): void {
  const updates: WeightUpdate[] = order.flatMap((name) => {
    const values = golden.gradients[number]![name];
    if (values === null) return [];
    return [{ name, variable: weights[name], gradient: tf.tensor(values, golden.shapes[name]) }];
  });
  optimizer.step(updates, golden.rates[number]!);
  tf.dispose(updates.map(({ gradient }) => gradient));
}

async function expectWeights(weights: Variables, expected: Record<Name, number[]>, where: string): Promise<void> {
  for (const name of names) {
    const values = await weights[name].data();
    expect(values.length).toBe(expected[name].length);
    for (const [i, value] of expected[name].entries()) {
      // float32 against float64: values of up to 3, in six steps.
      expect(Math.abs(values[i]! - value), `${where}, ${name}, ${i}: ${values[i]} for ${value}`).toBeLessThan(3e-6);
    }
  }
}

describeKernel("optimisers", (backend) => {
  test.each(cases)("$options take torch's steps, while the learning rate changes", async ({ options, after }) => {
    const weights = initialWeights();
    const optimizer = createOptimizer(options);
    for (const [number, expected] of after.entries()) {
      step(optimizer, weights, number);
      await expectWeights(weights, expected, `step ${number + 1}`);
    }
    optimizer.dispose();
    tf.dispose(weights);
  });

  test.each(remembering)(
    "$options go on from what was saved, to the same bytes, in any order of weights",
    async ({ options }) => {
      const run = async (savedAfter?: number): Promise<number[][]> => {
        const weights = initialWeights();
        let optimizer = createOptimizer(options);
        for (let number = 0; number < golden.rates.length; number++) {
          step(optimizer, weights, number, number >= (savedAfter ?? 99) ? [...names].reverse() : names);
          if (number + 1 !== savedAfter) continue;
          const state = await optimizer.save();
          optimizer.dispose();
          optimizer = createOptimizer(options);
          optimizer.restore({ ...state, updates: JSON.parse(JSON.stringify(state.updates)) });
        }
        const values = await Promise.all(names.map(async (name) => [...(await weights[name].data())]));
        optimizer.dispose();
        tf.dispose(weights);
        return values;
      };
      const whole = await run();
      expect(await run(3)).toEqual(whole);
    },
  );

  test("a weight that shares its memory keeps the clone as it was, and rounds no other way", async () => {
    const { options } = cases[7]!;
    const weights = initialWeights();
    const optimizer = createOptimizer(options);
    const clones = names.map((name) => weights[name].clone());
    for (let number = 0; number < 2; number++) step(optimizer, weights, number);
    for (const [k, name] of names.entries()) {
      expect([...(await clones[k]!.data())]).toEqual([...Float32Array.from(golden.start[name])]);
    }
    const others = initialWeights();
    const other = createOptimizer(options);
    for (let number = 0; number < 2; number++) step(other, others, number);
    for (const name of names) expect([...(await weights[name].data())]).toEqual([...(await others[name].data())]);
    optimizer.dispose();
    other.dispose();
    tf.dispose([weights, others, clones] as never);
  });

  if (backend === "simd") {
    test.each([
      [{ kind: "sgd" }, "SimdSgd"],
      [{ kind: "sgd", momentum: 0.9, nesterov: true }, "SimdMomentum"],
      [{ kind: "adam", weightDecay: 0.1 }, "SimdAdam"],
      [{ kind: "adamW" }, "SimdAdam"],
    ] as [OptimizerOptions, string][])(
      "%j runs %s once a weight, and nothing else of that size",
      async (options, kernel) => {
        const { resetSimdProfile, simdProfile } = await import("@ddl/backend-simd");
        const weights = initialWeights();
        const optimizer = createOptimizer(options);
        step(optimizer, weights, 0);
        resetSimdProfile();
        step(optimizer, weights, 1);
        const calls = simdProfile().map((one) => [one.kernel, one.calls] as const);
        expect(calls).toContainEqual([kernel, 2]);
        const decays = (options.kind === "adam" ? options.weightDecay : 0) !== 0;
        expect(calls.filter(([name]) => /^(Multiply|Add|AddV2|Sub|Sqrt)$/.test(name)).length > 0).toBe(decays);
        optimizer.dispose();
        tf.dispose(weights);
      },
    );
  }

  testNoLeak("leaves nothing behind", async () => {
    for (const { options } of cases) {
      const weights = initialWeights();
      const optimizer = createOptimizer(options);
      for (let number = 0; number < 3; number++) step(optimizer, weights, number);
      optimizer.restore(await optimizer.save());
      step(optimizer, weights, 3);
      optimizer.dispose();
      tf.dispose(weights);
    }
  });
});
