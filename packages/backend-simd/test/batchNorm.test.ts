import { beforeAll, describe, expect, test } from "vitest";
import { batchNormGradients, batchNormTrainingGradients, moments, normalize } from "../src/kernels/batchNorm/simd.js";
import {
  BUILDS,
  expectNear,
  expectSame,
  kernelCalls,
  normalValues,
  prepareKernels,
  randomFrom,
  runKernels,
} from "./fakeHost.js";

beforeAll(prepareKernels);

const EPSILON = 1e-3;
const SIZES: [number, number][] = [
  [1, 1],
  [3, 1],
  [17, 1],
  [70001, 1],
  [5, 2],
  [1001, 3],
  [40003, 3],
  [65, 5],
  [1000, 7],
  [30000, 8],
  [333, 15],
  [4097, 16],
  [2000, 17],
  [5, 33],
  [3001, 40],
  [129, 66],
  [257, 200],
  [19, 1030],
  [700, 515],
];

/** Mean and population variance of each channel, in float64, in two passes. */
function momentsReference(x: Float32Array, channels: number): { mean: Float64Array; variance: Float64Array } {
  const pixels = x.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  x.forEach((value, k) => {
    mean[k % channels]! += value / pixels;
  });
  x.forEach((value, k) => {
    variance[k % channels]! += (value - mean[k % channels]!) ** 2 / pixels;
  });
  return { mean, variance };
}

function runMoments(build: string, x: Float32Array, channels: number): [Float32Array, Float32Array] {
  return runKernels(build, {
    inputs: [x],
    outputs: [new Float32Array(channels), new Float32Array(channels)],
    use: (host, [from], [mean, variance]) =>
      moments(host, { x: from!, mean: mean!, variance: variance!, pixels: x.length / channels, channels }),
  }) as [Float32Array, Float32Array];
}

let worstVariance = 0;

describe.each(BUILDS)("batchNorm, %s build", (build) => {
  test.each(SIZES)("moments of %i pixels, %i channels", (pixels, channels) => {
    const random = randomFrom(pixels * 31 + channels);
    for (const center of [0, 1e4, -3e6]) {
      // Every channel has its own mean and width.
      const x = normalValues(pixels * channels, random);
      x.forEach((value, k) => {
        x[k] = center + (k % channels) + value * (1 + (k % 3));
      });
      const expected = momentsReference(x, channels);
      const [mean, variance] = runMoments(build, x, channels);
      expectNear(mean, expected.mean, 1.2e-7, 1e-6, `mean about ${center}`);
      worstVariance = Math.max(
        worstVariance,
        expectNear(variance, expected.variance, 2e-6, 1e-12, `variance about ${center}`),
      );
    }
  });

  test("moments where the level changes, of a constant, and with an outlier in front", () => {
    const random = randomFrom(9);
    for (const channels of [1, 5, 16, 20]) {
      const levels = normalValues(30000 * channels, random);
      levels.forEach((value, k) => {
        levels[k] = value * 0.1 + (k < levels.length / 3 ? 0 : k < levels.length / 2 ? 1000 : -50);
      });
      const outlier = normalValues(3000 * channels, random);
      outlier.fill(1e5, 0, channels);
      for (const x of [levels, outlier]) {
        const expected = momentsReference(x, channels);
        const [mean, variance] = runMoments(build, x, channels);
        expectNear(mean, expected.mean, 1e-6, 1e-6 * Math.sqrt(Math.max(...expected.variance)));
        expectNear(variance, expected.variance, 1e-5);
      }
      const constant = new Float32Array(999 * channels).fill(1234.567);
      const [mean, variance] = runMoments(build, constant, channels);
      expectSame(
        mean,
        mean.map(() => Math.fround(1234.567)),
      );
      expectSame(
        variance,
        variance.map(() => 0),
      );
    }
  });

  test("NaN stays in its channel, and nothing has no moments", () => {
    for (const channels of [3, 20]) {
      const x = normalValues(500 * channels, randomFrom(4));
      x[7 * channels + 1] = Number.NaN;
      for (const values of runMoments(build, x, channels)) {
        values.forEach((value, channel) => {
          expect(Number.isNaN(value)).toBe(channel === 1);
        });
      }
      for (const values of runMoments(build, new Float32Array(0), channels)) {
        expect(values.some(Number.isFinite)).toBe(false);
      }
    }
  });

  test.each(SIZES)("normalize %i pixels, %i channels", (pixels, channels) => {
    const random = randomFrom(pixels + channels * 17);
    const x = normalValues(pixels * channels, random, 3, 2);
    const [mean, scale, offset] = [0, 1, 2].map(() => normalValues(channels, random, 1)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const variance = normalValues(channels, random).map((value) => value ** 2 + 0.1);
    const expected = (parts: string, relu: boolean) =>
      Float64Array.from(x, (value, k) => {
        const c = k % channels;
        const factor = (parts.includes("s") ? scale[c]! : 1) / Math.sqrt(variance[c]! + EPSILON);
        const y = (value - (parts.includes("m") ? mean[c]! : 0)) * factor + (parts.includes("o") ? offset[c]! : 0);
        return relu ? Math.max(y, 0) : y;
      });
    for (const [parts, relu, inPlace] of [
      ["mso", false, false],
      ["mso", true, true],
      ["m", true, false],
      ["s", false, true],
      ["o", false, false],
    ] as const) {
      const [out] = runKernels(build, {
        inputs: [x, mean, variance, scale, offset],
        changed: inPlace ? [0] : [],
        outputs: inPlace ? [] : [x],
        use: (host, [px, pm, pv, ps, po], [to]) =>
          normalize(host, {
            ...{ x: px!, out: to ?? px!, variance: pv!, epsilon: EPSILON, relu, pixels, channels },
            mean: parts.includes("m") ? pm : undefined,
            scale: parts.includes("s") ? ps : undefined,
            offset: parts.includes("o") ? po : undefined,
          }),
      });
      expectNear(out!, expected(parts, relu), 3e-7, 3e-6);
    }
  });

  test("relu of normalize keeps NaN", () => {
    const x = Float32Array.of(Number.NaN, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const [out] = runKernels(build, {
      inputs: [x, Float32Array.of(1)],
      outputs: [x],
      use: (host, [px, pv], [to]) =>
        normalize(host, { x: px!, out: to!, variance: pv!, epsilon: 0, relu: true, pixels: 5, channels: 1 }),
    });
    expectSame(out!, [Number.NaN, 1, 0, Number.POSITIVE_INFINITY, 0]);
  });

  test.each(SIZES)("gradients of %i pixels, %i channels", (pixels, channels) => {
    const random = randomFrom(pixels * 3 + channels * 5);
    const x = normalValues(pixels * channels, random, 3, 2);
    const dy = normalValues(pixels * channels, random, 0.2);
    const mean = normalValues(channels, random, 3);
    const scale = normalValues(channels, random, 1);
    const variance = normalValues(channels, random).map((value) => value ** 2 + 0.1);
    const [s1, s2, size] = [new Float64Array(channels), new Float64Array(channels), new Float64Array(channels)];
    x.forEach((value, k) => {
      const c = k % channels;
      s1[c]! += dy[k]!;
      s2[c]! += dy[k]! * (value - mean[c]!);
      size[c]! += Math.abs(dy[k]!) * (1 + Math.abs(value - mean[c]!));
    });
    for (const withScale of [true, false]) {
      const factor = (c: number) => (withScale ? scale[c]! : 1);
      const inverse = (c: number) => 1 / Math.sqrt(variance[c]! + EPSILON);
      const perChannel = (f: (c: number) => number) => Float64Array.from({ length: channels }, (_, c) => f(c));
      const expected = [
        Float64Array.from(dy, (g, k) => g * inverse(k % channels) * factor(k % channels)),
        perChannel((c) => -inverse(c) * factor(c) * s1[c]!),
        perChannel((c) => -0.5 * inverse(c) ** 3 * factor(c) * s2[c]!),
        perChannel((c) => inverse(c) * s2[c]!),
        perChannel((c) => s1[c]!),
      ];
      const channelsOnly = mean;
      const out = runKernels(build, {
        inputs: [x, dy, mean, variance, scale],
        outputs: [x, channelsOnly, channelsOnly, channelsOnly, channelsOnly],
        use: (
          host,
          [px, pdy, pm, pv, ps],
          [inputGradient, meanGradient, varianceGradient, scaleGradient, offsetGradient],
        ) =>
          batchNormGradients(host, {
            ...{
              x: px!,
              gradient: pdy!,
              mean: pm!,
              variance: pv!,
              scale: withScale ? ps : undefined,
              epsilon: EPSILON,
            },
            ...{ pixels, channels, inputGradient, meanGradient, varianceGradient, scaleGradient, offsetGradient },
          }),
      });
      expectNear(out[0]!, expected[0]!, 3e-7);
      for (let k = 1; k < 5; k++) {
        out[k]!.forEach((value, c) => {
          const tolerance = 1e-6 * size[c]! * (1 + inverse(c) ** 3) * (1 + Math.abs(factor(c)));
          expect(Math.abs(value - expected[k]![c]!)).toBeLessThanOrEqual(tolerance);
        });
      }
      // Only some of them, and in place of dy.
      const some = runKernels(build, {
        inputs: [x, dy, mean, variance, scale],
        changed: [1],
        outputs: [channelsOnly],
        use: (host, [px, pdy, pm, pv, ps], [scaleGradient]) =>
          batchNormGradients(host, {
            ...{
              x: px!,
              gradient: pdy!,
              mean: pm!,
              variance: pv!,
              scale: withScale ? ps : undefined,
              epsilon: EPSILON,
            },
            ...{ pixels, channels, inputGradient: pdy!, scaleGradient },
          }),
      });
      expectSame(some[0]!, out[3]!);
      expectSame(some[1]!, out[0]!);
    }
    const [onlySums] = runKernels(build, {
      inputs: [x, dy, mean, variance],
      outputs: [mean],
      use: (host, [px, pdy, pm, pv], [offsetGradient]) =>
        batchNormGradients(host, {
          ...{ x: px!, gradient: pdy!, mean: pm!, variance: pv!, epsilon: EPSILON, pixels, channels, offsetGradient },
        }),
    });
    onlySums!.forEach((value, c) => {
      expect(Math.abs(value - s1[c]!)).toBeLessThanOrEqual(1e-6 * size[c]!);
    });
    const [onlyInput] = runKernels(build, {
      inputs: [x, dy, mean, variance],
      outputs: [x],
      use: (host, [px, pdy, pm, pv], [inputGradient]) =>
        batchNormGradients(host, {
          ...{ x: px!, gradient: pdy!, mean: pm!, variance: pv!, epsilon: EPSILON, pixels, channels, inputGradient },
        }),
    });
    expectNear(
      onlyInput!,
      Float64Array.from(dy, (g, k) => g / Math.sqrt(variance[k % channels]! + EPSILON)),
      3e-7,
    );
  });

  test.each([
    [1001, 3],
    [400, 20],
    [150, 70],
  ])("training gradients of %i pixels, %i channels are those through the moments", (pixels, channels) => {
    const random = randomFrom(pixels);
    const x = normalValues(pixels * channels, random, 3, 2);
    const dy = normalValues(pixels * channels, random, 0.2);
    const scale = normalValues(channels, random, 1);
    const reference = momentsReference(x, channels);
    const [mean, variance] = [Float32Array.from(reference.mean), Float32Array.from(reference.variance)];
    const [s1, s2] = [new Float64Array(channels), new Float64Array(channels)];
    x.forEach((value, k) => {
      s1[k % channels]! += dy[k]!;
      s2[k % channels]! += dy[k]! * (value - reference.mean[k % channels]!);
    });
    // The mean of x has gradient dMean / n; its variance 2 (x - mean) dVariance / n.
    const expected = Float64Array.from(x, (value, k) => {
      const c = k % channels;
      const inverse = 1 / Math.sqrt(reference.variance[c]! + EPSILON);
      const [meanGradient, varianceGradient] = [
        -inverse * scale[c]! * s1[c]!,
        -0.5 * inverse ** 3 * scale[c]! * s2[c]!,
      ];
      return (
        dy[k]! * inverse * scale[c]! +
        meanGradient / pixels +
        (2 * (value - reference.mean[c]!) * varianceGradient) / pixels
      );
    });
    for (const inPlace of [false, true]) {
      const out = runKernels(build, {
        inputs: [x, dy, mean, variance, scale],
        changed: inPlace ? [1] : [],
        outputs: inPlace ? [mean, mean] : [mean, mean, x],
        use: (host, [px, pdy, pm, pv, ps], [scaleGradient, offsetGradient, to]) =>
          batchNormTrainingGradients(host, {
            ...{ x: px!, gradient: pdy!, mean: pm!, variance: pv!, scale: ps, epsilon: EPSILON, pixels, channels },
            ...{ inputGradient: to ?? pdy!, scaleGradient, offsetGradient },
          }),
      });
      expectNear(out[2]!, expected, 1e-6, 1e-6);
      expectNear(out[1]!, s1, 1e-5, 1e-4);
    }
  });

  test("large inputs are divided, small ones are not, and moments are one pass", () => {
    const calls = kernelCalls(build, {
      inputs: [new Float32Array(640)],
      outputs: [new Float32Array(16), new Float32Array(16)],
      use: (host, [x], [mean, variance]) =>
        moments(host, { x: x!, mean: mean!, variance: variance!, pixels: 40, channels: 16 }),
    });
    expect(calls).toEqual(["batchMoments", "batchMomentsFinish"]);
  });
});

test("the variance's error is reported when asked for", () => {
  if (process.env["DDL_PRINT_ERRORS"])
    console.log("worst relative error of a variance", worstVariance.toExponential(2));
  expect(worstVariance).toBeLessThan(2e-6);
});
