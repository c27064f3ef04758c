import { beforeAll, describe, test } from "vitest";
import { adam, momentum, sgd } from "../src/kernels/optimizers/simd.js";
import {
  BUILDS,
  expectNear,
  expectSame,
  normalValues,
  prepareKernels,
  randomFrom,
  runKernels,
  type Values,
} from "./fakeHost.js";

beforeAll(prepareKernels);

const LENGTHS = [0, 1, 3, 4, 5, 17, 1001, 70_003];

describe.each(BUILDS)("optimizers, %s build", (build) => {
  test.each(LENGTHS)("sgd, %i parameters", (length) => {
    const random = randomFrom(length + 1);
    const [p, g] = [normalValues(length, random), normalValues(length, random)];
    const [found] = runKernels(build, {
      inputs: [p, g],
      changed: [0],
      outputs: [],
      use: (host, [parameters, gradients]) =>
        sgd(host, { parameters: parameters!, gradients: gradients!, length, learningRate: 0.1 }),
    });
    expectNear(
      found!,
      Float64Array.from(p, (value, k) => value - Math.fround(0.1) * g[k]!),
      1.2e-7,
      1e-7,
    );
  });

  test.each(LENGTHS)("momentum, %i parameters, three steps", (length) => {
    for (const nesterov of [false, true]) {
      const random = randomFrom(length + 2);
      const initial = normalValues(length, random);
      const gradients = [0, 1, 2].map(() => normalValues(length, random));
      const [p, v] = [Float64Array.from(initial), new Float64Array(length)];
      for (const g of gradients) {
        for (let k = 0; k < length; k++) {
          v[k] = 0.9 * v[k]! + g[k]!;
          p[k]! -= 0.05 * (nesterov ? g[k]! + 0.9 * v[k]! : v[k]!);
        }
      }
      let state: Values[] = [initial, new Float32Array(length)];
      for (const g of gradients) {
        state = runKernels(build, {
          inputs: [state[0]!, state[1]!, g],
          changed: [0, 1],
          outputs: [],
          use: (host, [parameters, velocities, pg]) =>
            momentum(host, {
              ...{ parameters: parameters!, velocities: velocities!, gradients: pg!, length },
              ...{ learningRate: 0.05, momentum: 0.9, nesterov },
            }),
        });
      }
      expectNear(state[0]!, p, 3e-7, 6e-7);
      expectNear(state[1]!, v, 3e-7, 6e-7);
    }
  });

  test.each(LENGTHS)("adam and adamW, %i parameters, three steps", (length) => {
    for (const weightDecay of [undefined, 0.02]) {
      const random = randomFrom(length + 3);
      const initial = normalValues(length, random);
      const gradients = [0, 1, 2].map(() => normalValues(length, random, 0, 0.01));
      // No gradient at all: only epsilon keeps the quotient finite.
      if (length > 4) for (const g of gradients) g[4] = 0;
      const [rate, beta1, beta2, epsilon] = [0.003, 0.9, 0.999, 1e-7];
      const [p, m, v] = [Float64Array.from(initial), new Float64Array(length), new Float64Array(length)];
      let state: Values[] = [initial, new Float32Array(length), new Float32Array(length)];
      gradients.forEach((g, index) => {
        const t = index + 1;
        for (let k = 0; k < length; k++) {
          m[k] = beta1 * m[k]! + (1 - beta1) * g[k]!;
          v[k] = beta2 * v[k]! + (1 - beta2) * g[k]! ** 2;
          p[k]! *= 1 - rate * (weightDecay ?? 0);
          p[k]! -= (rate * (m[k]! / (1 - beta1 ** t))) / (Math.sqrt(v[k]! / (1 - beta2 ** t)) + epsilon);
        }
        state = runKernels(build, {
          inputs: [...state, g],
          changed: [0, 1, 2],
          outputs: [],
          use: (host, [parameters, firstMoments, secondMoments, pg]) => {
            const args = {
              ...{
                parameters: parameters!,
                firstMoments: firstMoments!,
                secondMoments: secondMoments!,
                gradients: pg!,
              },
              ...{
                length,
                beta1,
                beta2,
                epsilon,
                step: rate / (1 - beta1 ** t),
                rootCorrection: 1 / Math.sqrt(1 - beta2 ** t),
              },
            };
            adam(host, { ...args, decay: weightDecay === undefined ? undefined : rate * weightDecay });
          },
        });
      });
      expectNear(state[0]!, p, 4e-7, 5e-7);
      expectNear(state[1]!, m, 3e-7, 1e-8);
      expectNear(state[2]!, v, 5e-7, 1e-11);
    }
  });

  test("NaN stays where it is", () => {
    const p = new Float32Array(9).fill(1);
    const g = Float32Array.from(p, (_, k) => (k === 5 ? Number.NaN : 0));
    const [found] = runKernels(build, {
      inputs: [p, g],
      changed: [0],
      outputs: [],
      use: (host, [parameters, gradients]) =>
        sgd(host, { parameters: parameters!, gradients: gradients!, length: 9, learningRate: 1 }),
    });
    expectSame(
      found!,
      p.map((value, k) => (k === 5 ? Number.NaN : value)),
    );
  });
});
