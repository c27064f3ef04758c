import { resetSimdProfile, simdProfile } from "@ddl/backend-simd";
import { zeros } from "@ddl/core";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type Resize2dMethod, type Resize2dShape, resize2d, resize2dGradient } from "../src/kernels/resize2d/simd.js";
import { expectConformance, gradients, numbers } from "./conformance.js";
import { BUILDS, expectNear, expectSame, normalValues, prepareKernels, randomFrom, runKernels } from "./fakeHost.js";

beforeAll(prepareKernels);

interface Options {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

const METHODS: Resize2dMethod[] = ["bilinear", "nearest"];
// tfjs refuses both at once.
const OPTIONS: Options[] = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
];
const VARIANTS = METHODS.flatMap((method) => OPTIONS.map((options) => ({ method, ...options })));
type Variant = (typeof VARIANTS)[number];
type Size = [number, number];
type Shape4 = [number, number, number, number];

/** Images and new sizes: every axis of another length; larger, smaller, both, whole factors, the same size, size 1. */
const SIZES: [Shape4, Size][] = [
  [
    [2, 7, 5, 3],
    [12, 9],
  ],
  [
    [3, 12, 11, 1],
    [5, 4],
  ],
  [
    [1, 6, 9, 5],
    [13, 2],
  ],
  [
    [2, 4, 3, 17],
    [8, 6],
  ],
  [
    [2, 10, 8, 4],
    [5, 2],
  ],
  [
    [2, 5, 7, 6],
    [5, 7],
  ],
  [
    [2, 1, 6, 3],
    [7, 1],
  ],
  [
    [3, 4, 1, 2],
    [1, 5],
  ],
  [
    [1, 3, 2, 1],
    [31, 47],
  ],
  [
    [1, 37, 41, 2],
    [3, 2],
  ],
];
const CASES = VARIANTS.flatMap((variant) => SIZES.map(([x, size]) => ({ ...variant, x, size })));

function resize(x: tf.Tensor, size: Size, { method, alignCorners, halfPixelCenters }: Variant): tf.Tensor {
  const image = x as tf.Tensor4D;
  return method === "bilinear"
    ? tf.image.resizeBilinear(image, size, alignCorners, halfPixelCenters)
    : tf.image.resizeNearestNeighbor(image, size, alignCorners, halfPixelCenters);
}

/** How much of input `from` an axis of `cpu`'s forward map adds to each output, from images of one pixel. */
function axisMatrix(inSize: number, outSize: number, variant: Variant): number[][] {
  return tf.tidy(() => {
    const unit = tf.reshape(tf.eye(inSize), [inSize, inSize, 1, 1]);
    return tf.reshape(resize(unit, [outSize, 1], variant), [inSize, outSize]).arraySync() as number[][];
  });
}

/** The transpose of `cpu`'s forward map, in float64. */
async function transposed(
  dy: Float32Array,
  [batch, rows, columns, channels]: Shape4,
  size: Size,
  variant: Variant,
): Promise<Float64Array> {
  await tf.setBackend("cpu");
  const ofRows = axisMatrix(rows, size[0], variant);
  const ofColumns = axisMatrix(columns, size[1], variant);
  const result = new Float64Array(batch * rows * columns * channels);
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        for (let i = 0; i < size[0]; i++) {
          for (let j = 0; j < size[1]; j++) {
            const weight = ofRows[r]![i]! * ofColumns[c]![j]!;
            if (weight === 0) continue;
            for (let d = 0; d < channels; d++) {
              const at = ((b * rows + r) * columns + c) * channels + d;
              result[at]! += weight * dy[((b * size[0] + i) * size[1] + j) * channels + d]!;
            }
          }
        }
      }
    }
  }
  return result;
}

function shapeOf(
  [batch, rows, columns, channels]: Shape4,
  [outRows, outColumns]: Size,
  options: Options,
): Resize2dShape {
  const { alignCorners, halfPixelCenters } = options;
  return { batch, rows, columns, channels, outRows, outColumns, alignCorners, halfPixelCenters };
}

/** The values of `compute` on a backend. */
async function valuesOn(backend: string, compute: () => tf.Tensor): Promise<Float32Array> {
  await tf.setBackend(backend);
  return tf.tidy(() => compute().dataSync() as Float32Array);
}

function gradientOn(backend: string, x: Shape4, size: Size, variant: Variant, dy: Float32Array): Promise<Float32Array> {
  return valuesOn(backend, () => {
    const weights = tf.tensor(dy, [x[0], ...size, x[3]]);
    return tf.grad((image) => tf.sum(tf.mul(resize(image, size, variant), weights)))(tf.zeros(x));
  });
}

/** Largest difference, against the largest value expected. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, largest] = [0, 1e-30];
  expect(actual.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) {
    largest = Math.max(largest, Math.abs(expected[k]!));
    difference = Math.max(difference, Math.abs(actual[k]! - expected[k]!));
  }
  return difference / largest;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k]!, 0);

/** Enough for several chunks, and for blocks of columns. */
const LARGE: [Shape4, Size][] = [
  [
    [2, 33, 40, 3],
    [70, 81],
  ],
  [
    [1, 3, 40, 515],
    [2, 300],
  ],
  [
    [1, 3, 300, 515],
    [4, 40],
  ],
  [
    [1, 2, 3, 20011],
    [3, 5],
  ],
];

describe.each(BUILDS)("resize2d kernels, %s build", (build) => {
  test.each(CASES)(
    "$method, aligned $alignCorners, half $halfPixelCenters, $x to $size",
    async ({ x, size, ...variant }) => {
      await expectKernels(build, x, size, variant);
    },
  );

  test.each(VARIANTS)("in blocks: $method, aligned $alignCorners, half $halfPixelCenters", async (variant) => {
    for (const [x, size] of LARGE) await expectKernels(build, x, size, variant);
  });
});

/** Expects `cpu`'s bits forward, and the transpose backward. */
async function expectKernels(build: string, x: Shape4, size: Size, variant: Variant): Promise<void> {
  const { method } = variant;
  const shape = shapeOf(x, size, variant);
  const random = randomFrom(x[1] * 7 + size[0]);
  const input = normalValues(x[0] * x[1] * x[2] * x[3], random);
  const dy = normalValues(x[0] * size[0] * size[1] * x[3], random);
  const [found] = runKernels(build, {
    inputs: [input],
    outputs: [dy],
    use: (host, [image], [out]) => resize2d(host, { shape, method, input: image!, out: out! }),
  });
  expectSame(found!, await valuesOn("cpu", () => resize(tf.tensor(input, x), size, variant)));
  const [gradient] = runKernels(build, {
    inputs: [dy],
    outputs: [input],
    use: (host, [from], [out]) => resize2dGradient(host, { shape, method, gradient: from!, out: out! }),
  });
  const expected = await transposed(dy, x, size, variant);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expectNear(gradient!, expected, 0, 1e-6 * largest + 1e-30);
}

describe("resize on simd", () => {
  test.each(CASES)(
    "is cpu's: $method, aligned $alignCorners, half $halfPixelCenters, $x to $size",
    async ({ x, size, ...variant }) => {
      await expectConformance([numbers(x)], (image) => resize(image!, size, variant), { relative: 0 });
    },
  );

  test.each(CASES)(
    "has the transpose as gradient: $method, aligned $alignCorners, half $halfPixelCenters, $x to $size",
    async ({ x, size, ...variant }) => {
      const { values: image } = numbers(x, 3);
      const { values: dy } = numbers([x[0], ...size, x[3]], 4);
      const gradient = await gradientOn("simd", x, size, variant, dy as Float32Array);
      expect(relativeError(gradient, await transposed(dy as Float32Array, x, size, variant))).toBeLessThan(1e-6);
      const output = await valuesOn("simd", () => resize(tf.tensor(image, x), size, variant));
      const [forward, backward] = [dot(output, dy), dot(image, gradient)];
      const scale = Math.sqrt(dot(output, output) * dot(dy, dy));
      expect(Math.abs(forward - backward) / scale).toBeLessThan(1e-6);
    },
  );

  test.each(VARIANTS)(
    "has central differences as gradient: $method, aligned $alignCorners, half $halfPixelCenters",
    async (variant) => {
      const x: Shape4 = [2, 4, 3, 2];
      for (const size of [
        [7, 5],
        [3, 2],
      ] as Size[]) {
        const { values: dy } = numbers([x[0], ...size, x[3]], 5);
        const gradient = await gradientOn("simd", x, size, variant, dy as Float32Array);
        // The map is linear: steps of 1 have no error of truncation.
        const image = numbers(x, 6).values as Float32Array;
        const loss = async (at: number, step: number): Promise<number> => {
          const moved = image.slice();
          moved[at]! += step;
          return dot(await valuesOn("simd", () => resize(tf.tensor(moved, x), size, variant)), dy);
        };
        const differences = zeros(Float64Array, [image.length]).data;
        for (let k = 0; k < image.length; k++) differences[k] = ((await loss(k, 1)) - (await loss(k, -1))) / 2;
        expect(relativeError(gradient, differences)).toBeLessThan(2e-6);
      }
    },
  );

  test("carries NaN and infinity as cpu", async () => {
    const image = numbers([1, 5, 6, 3]);
    image.values[20] = Number.NaN;
    image.values[47] = Number.POSITIVE_INFINITY;
    image.values[71] = Number.NEGATIVE_INFINITY;
    for (const variant of VARIANTS) {
      for (const size of [
        [5, 6],
        [10, 9],
        [3, 4],
      ] as Size[]) {
        await expectConformance([image], (x) => resize(x!, size, variant), { relative: 0 });
      }
    }
  });

  test("takes int32 images, single images and empty batches as cpu", async () => {
    const mask = {
      shape: [2, 5, 7, 1],
      dtype: "int32" as const,
      values: Int32Array.from({ length: 70 }, (_, k) => k - 20),
    };
    for (const variant of VARIANTS) {
      await expectConformance([mask], (x) => resize(x!, [9, 4], variant), { relative: 0 });
      await expectConformance([numbers([5, 7, 3])], (x) => resize(x!, [9, 4], variant), { relative: 0 });
      await expectConformance([numbers([0, 5, 7, 3])], (x) => resize(x!, [9, 4], variant), { relative: 0 });
    }
  });

  test("makes empty images, whose gradient is zero", async () => {
    for (const variant of VARIANTS) {
      for (const size of [
        [0, 4],
        [3, 0],
      ] as Size[]) {
        await expectConformance([numbers([2, 5, 7, 3])], (x) => resize(x!, size, variant), { relative: 0 });
        const gradient = await gradientOn("simd", [2, 5, 7, 3], size, variant, new Float32Array(0));
        expect(gradient).toEqual(new Float32Array(210));
      }
    }
  });

  test("runs kernels of its own", async () => {
    await tf.setBackend("simd");
    resetSimdProfile();
    for (const variant of VARIANTS) await gradientOn("simd", [1, 3, 2, 1], [4, 5], variant, new Float32Array(20));
    const resizing = simdProfile().filter(({ kernel }) => kernel.startsWith("Resize"));
    expect(resizing.map(({ where, kernel, calls }) => `${where} ${kernel} ${calls}`).sort()).toEqual([
      "wasm ResizeBilinear 3",
      "wasm ResizeBilinearGrad 3",
      "wasm ResizeNearestNeighbor 3",
      "wasm ResizeNearestNeighborGrad 3",
    ]);
  });

  test("refuses a gradient that the inherited kernel would get wrong", async () => {
    await tf.setBackend("simd");
    const [images, dy] = [tf.zeros([1, 3, 2, 1]), tf.zeros([1, 4, 5, 1], "int32")];
    const run = (): unknown => tf.engine().runKernel("ResizeBilinearGrad", { images, dy }, { halfPixelCenters: true });
    expect(run).toThrow(
      "simd: ResizeBilinearGrad needs a float32 gradient, and halfPixelCenters without alignCorners.",
    );
    tf.dispose([images, dy]);
  });

  test("copies int32 numbers that float32 does not have", async () => {
    const large = Int32Array.from([16777217, -16777219, 2147483647, 5]);
    await tf.setBackend("simd");
    const same = tf.tidy(() =>
      tf.image.resizeNearestNeighbor(tf.tensor4d(large, [1, 2, 2, 1], "int32"), [2, 2]).dataSync(),
    );
    expect(same).toEqual(large);
  });

  test("does not touch cpu's gradients where they are right", async () => {
    for (const variant of VARIANTS.filter(({ halfPixelCenters }) => !halfPixelCenters)) {
      // cpu's gradient of bilinear needs square images, that of nearest a batch of one: see below.
      const x: Shape4 = variant.method === "bilinear" ? [2, 6, 6, 5] : [1, 6, 9, 5];
      for (const size of [
        [11, 8],
        [4, 3],
        [6, 5],
        [1, 7],
      ] as Size[]) {
        await expectConformance(
          [numbers(x)],
          gradients((image) => resize(image!, size, variant)),
          { relative: 1e-6 },
        );
      }
    }
  });
});

describe("cpu, whose gradients simd does not follow,", () => {
  const plain = { alignCorners: false, halfPixelCenters: false };

  test("swaps rows and columns in the shape of bilinear's gradient", async () => {
    const run = gradientOn("cpu", [1, 3, 5, 1], [6, 10], { method: "bilinear", ...plain }, new Float32Array(60));
    await expect(run).rejects.toThrow("has shape '1,5,3,1', which does not match the shape of the input '1,3,5,1'");
  });

  test("reads the wrong image of a batch for nearest's gradient", async () => {
    const dy = numbers([2, 6, 10, 1]).values as Float32Array;
    const variant: Variant = { method: "nearest", ...plain };
    const gradient = await gradientOn("cpu", [2, 3, 5, 1], [6, 10], variant, dy);
    const expected = await transposed(dy, [2, 3, 5, 1], [6, 10], variant);
    expect(relativeError(gradient.subarray(0, 15), expected.subarray(0, 15))).toBeLessThan(1e-6);
    expect(relativeError(gradient.subarray(15), expected.subarray(15))).toBeGreaterThan(0.1);
  });

  test.each(METHODS)("leaves halfPixelCenters out of the gradient of %s", async (method) => {
    const dy = numbers([1, 7, 7, 1]).values as Float32Array;
    const variant = { method, alignCorners: false, halfPixelCenters: true };
    const gradient = await gradientOn("cpu", [1, 4, 4, 1], [7, 7], variant, dy);
    expect(relativeError(gradient, await transposed(dy, [1, 4, 4, 1], [7, 7], variant))).toBeGreaterThan(0.1);
  });
});
