import { beforeAll, describe, expect, test } from "vitest";
import { groupNormalize, groupNormGradients } from "../src/kernels/groupNorm/simd.js";
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
import { groupNormReference, type Lengths } from "./groupNormReference.js";

beforeAll(prepareKernels);

const EPSILON = 1e-5;
/** Batch, pixels of an image, channels, groups. */
const SIZES: [number, number, number, number][] = [
  [1, 1, 1, 1],
  [3, 1, 5, 5],
  [2, 7, 1, 1],
  [3, 35, 3, 1],
  [2, 35, 3, 3],
  [2, 1001, 5, 5],
  [3, 63, 5, 1],
  [2, 129, 17, 17],
  [3, 45, 17, 1],
  [2, 391, 24, 1],
  [2, 391, 24, 4],
  [3, 77, 24, 8],
  [2, 65, 24, 24],
  // Several parts of an image, also with channels that fill no vector.
  [2, 25003, 3, 3],
  [2, 2101, 66, 6],
  [1, 901, 200, 8],
  // Several images of a chunk.
  [301, 6, 24, 6],
  [5003, 1, 4, 2],
];

interface Fixture extends Lengths {
  x: Float32Array;
  dy: Float32Array;
  scale: Float32Array;
  offset: Float32Array;
}

/** Values about `center`; every channel and image has a mean and a width of its own. */
function fixture(size: (typeof SIZES)[number], center: number): Fixture {
  const [batch, pixels, channels, groups] = size;
  const random = randomFrom(batch * 7 + pixels * 31 + channels + 1);
  const x = normalValues(batch * pixels * channels, random);
  x.forEach((value, k) => {
    const image = Math.floor(k / (pixels * channels));
    x[k] = center + (k % channels) * 0.3 - (image % 5) + value * (1 + (k % 3));
  });
  return {
    ...{ batch, pixels, channels, groups, x },
    dy: normalValues(x.length, random, 0.2),
    scale: normalValues(channels, random, 1),
    offset: normalValues(channels, random, -2),
  };
}

type Parts = "" | "scale" | "offset" | "scale offset";

function forward(build: string, f: Fixture, parts: Parts): [Float32Array, Float32Array, Float32Array] {
  const perGroup = new Float32Array(f.batch * f.groups);
  return runKernels(build, {
    inputs: [f.x, f.scale, f.offset],
    outputs: [f.x, perGroup, perGroup],
    use: (host, [x, scale, offset], [out, mean, variance]) =>
      groupNormalize(host, {
        ...{ ...f, x: x!, out: out!, mean: mean!, variance: variance!, epsilon: EPSILON },
        scale: parts.includes("scale") ? scale : undefined,
        offset: parts.includes("offset") ? offset : undefined,
      }),
  }) as [Float32Array, Float32Array, Float32Array];
}

/** Each value is as near as `relative` of the magnitude that its rounding is relative to. */
function expectWithin(found: ArrayLike<number>, expected: Float64Array, sizes: Float64Array, relative: number): void {
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < found.length; k++) {
    const error = Math.abs(found[k]! - expected[k]!);
    if (!(error <= relative * sizes[k]! + 1e-12)) {
      throw new Error(`[${k}] must be near ${expected[k]}; received ${found[k]} (${error / sizes[k]!} of its size).`);
    }
  }
}

describe.each(BUILDS)("groupNorm, %s build", (build) => {
  test.each(SIZES)("batch %i, %i pixels, %i channels, %i groups", (...size) => {
    for (const center of [0, 1e4, -3e6]) {
      const f = fixture(size, center);
      for (const parts of ["", "scale", "offset", "scale offset"] as const) {
        const { scale, offset, ...rest } = f;
        const expected = groupNormReference(f, {
          ...rest,
          ...(parts.includes("scale") ? { scale } : {}),
          ...(parts.includes("offset") ? { offset } : {}),
          epsilon: EPSILON,
        });
        const [y, mean, variance] = forward(build, f, parts);
        // The mean is rounded to float32, but y is as exact as if it were not.
        expectNear(y, expected.y, 3e-6, 3e-6, `y about ${center}`);
        expectNear(mean, expected.mean, 1.2e-7, 1e-6, `mean about ${center}`);
        expectNear(variance, expected.variance, 2e-6, 1e-12, `variance about ${center}`);
      }
    }
  });

  test.each(SIZES)("gradients, batch %i, %i pixels, %i channels, %i groups", (...size) => {
    for (const center of [0, 1e3, -3e6]) {
      const f = fixture(size, center);
      for (const withScale of [true, false]) {
        const { scale, ...rest } = f;
        const expected = groupNormReference(f, { ...rest, ...(withScale ? { scale } : {}), epsilon: EPSILON });
        const [mean, variance] = [Float32Array.from(expected.mean), Float32Array.from(expected.variance)];
        const run = (wanted: string, inPlace: boolean): Float32Array[] =>
          runKernels(build, {
            inputs: [f.x, f.dy, mean, variance, f.scale],
            changed: inPlace ? [1] : [],
            outputs: [
              ...(wanted.includes("x") && !inPlace ? [f.x] : []),
              ...(wanted.includes("s") ? [f.scale] : []),
              ...(wanted.includes("o") ? [f.scale] : []),
            ],
            use: (host, [x, gradient, pm, pv, ps], to) => {
              const outputs = [...to];
              const inputGradient = inPlace ? gradient : wanted.includes("x") ? outputs.shift() : undefined;
              const scaleGradient = wanted.includes("s") ? outputs.shift() : undefined;
              groupNormGradients(host, {
                ...{ ...f, x: x!, gradient: gradient!, mean: pm!, variance: pv!, epsilon: EPSILON },
                ...{ scale: withScale ? ps : undefined, inputGradient, scaleGradient },
                offsetGradient: wanted.includes("o") ? outputs.shift() : undefined,
              });
            },
          }) as Float32Array[];
        const [dx, dScale, dOffset] = run("xso", false);
        expectWithin(dx!, expected.dx, expected.sizeOfX, 4e-6);
        expectWithin(dScale!, expected.dScale, expected.sizeOfScale, 4e-6);
        expectWithin(dOffset!, expected.dOffset, expected.sizeOfOffset, 1e-6);
        // Only some of them, and in place of dy.
        expectSame(run("x", true)[0]!, dx!);
        const [scaleOnly] = run("s", false);
        expectSame(scaleOnly!, dScale!);
        const [offsetAndX, xAndOffset] = run("xo", true);
        expectSame(offsetAndX!, dOffset!);
        expectSame(xAndOffset!, dx!);
      }
    }
  });

  test("a constant gives the offset, whatever its value", () => {
    for (const [channels, groups] of [
      [24, 6],
      [5, 1],
    ] as const) {
      const f = { ...fixture([2, 333, channels, groups], 0), x: new Float32Array(2 * 333 * channels).fill(1234.567) };
      const [y, mean, variance] = forward(build, f, "scale offset");
      expectSame(
        y,
        y.map((_, k) => f.offset[k % channels]!),
      );
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

  test("NaN stays in its image and group", () => {
    const f = fixture([3, 50, 6, 3], 0);
    f.x[(1 * 50 + 7) * 6 + 2] = Number.NaN;
    const [y, mean, variance] = forward(build, f, "scale offset");
    const spoilt = (image: number, group: number) => image === 1 && group === 1;
    for (const moments of [mean, variance]) {
      moments.forEach((value, k) => {
        expect(Number.isNaN(value)).toBe(spoilt(Math.floor(k / 3), k % 3));
      });
    }
    y.forEach((value, k) => {
      expect(Number.isNaN(value)).toBe(spoilt(Math.floor(k / 300), Math.floor((k % 6) / 2)));
    });
  });

  test("without images there is nothing, without pixels no moments; gradients of scale and offset are 0", () => {
    for (const [batch, pixels] of [
      [0, 5],
      [2, 0],
    ] as const) {
      const f = fixture([batch, pixels, 6, 3], 0);
      const [, mean, variance] = forward(build, f, "scale");
      expectSame([...mean, ...variance], new Float32Array(2 * batch * 3).fill(Number.NaN));
      const [dx, dScale, dOffset] = runKernels(build, {
        inputs: [f.x, f.dy, mean, variance],
        outputs: [f.x, f.scale, f.offset],
        use: (host, [x, gradient, pm, pv], [inputGradient, scaleGradient, offsetGradient]) =>
          groupNormGradients(host, {
            ...{ ...f, x: x!, gradient: gradient!, mean: pm!, variance: pv!, epsilon: EPSILON, scale: undefined },
            ...{ inputGradient, scaleGradient, offsetGradient },
          }),
      });
      expect(dx!.length).toBe(0);
      expectSame([...dScale!, ...dOffset!], new Float32Array(12));
    }
  });

  test("all images are one job for the moments and one to apply them", () => {
    const f = fixture([40, 9, 6, 2], 0);
    const calls = kernelCalls(build, {
      inputs: [f.x],
      outputs: [f.x, new Float32Array(80), new Float32Array(80)],
      use: (host, [x], [out, mean, variance]) =>
        groupNormalize(host, {
          ...{ ...f, scale: undefined, offset: undefined, epsilon: EPSILON },
          ...{ x: x!, out: out!, mean: mean!, variance: variance! },
        }),
    });
    expect(calls).toEqual(["groupMoments", "groupMomentsFinish", "groupNormalize"]);
  });
});
