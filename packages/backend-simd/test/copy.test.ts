import { beforeAll, describe, expect, test } from "vitest";
import {
  cast,
  concat,
  copy,
  type ElementType,
  fill,
  gather,
  pad,
  reverse,
  slice,
  splitPair,
  tile,
  transpose,
  unsortedSegmentSum,
} from "../src/kernels/copy/simd.js";
import {
  BUILDS,
  expectNear,
  expectSame,
  kernelCalls,
  normalValues,
  prepareKernels,
  randomFrom,
  runKernels,
  type Values,
} from "./fakeHost.js";

beforeAll(prepareKernels);

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
const TYPES = [Float32Array, Uint8Array] as const;

/** Numbers that are all different, or nearly so in bytes. */
function countingValues(Type: (typeof TYPES)[number], length: number): Values {
  return Type === Uint8Array
    ? Uint8Array.from({ length }, (_, k) => (k * 7) % 251)
    : Float32Array.from({ length }, (_, k) => k + 0.5);
}

/** The array of shape `shape` whose element at each place is x at the index that `source` names, or `missing`. */
function build(x: Values, shape: readonly number[], source: (place: number[]) => number, missing = 0): Values {
  const Type = x.constructor as new (length: number) => Values;
  const out = new Type(sizeOf(shape));
  for (let index = 0; index < out.length; index++) {
    let rest = index;
    const place = new Array<number>(shape.length);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    const from = source(place);
    out[index] = from < 0 ? missing : x[from]!;
  }
  return out;
}

/** Index of a place in a dense array, or -1 outside. */
function indexOf(place: readonly number[], shape: readonly number[]): number {
  let index = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (place[axis]! < 0 || place[axis]! >= shape[axis]!) return -1;
    index = index * shape[axis]! + place[axis]!;
  }
  return index;
}

const elementBytes = (x: Values) => x.BYTES_PER_ELEMENT as 1 | 4;

describe.each(BUILDS)("copy, %s build", (kernels) => {
  test.each([
    [[5], [0]],
    [
      [0, 3],
      [1, 0],
    ],
    [
      [7, 5],
      [1, 0],
    ],
    [
      [33, 70],
      [1, 0],
    ],
    [
      [300, 200],
      [1, 0],
    ],
    [
      [3, 1000],
      [1, 0],
    ],
    [
      [1000, 3],
      [1, 0],
    ],
    [
      [2, 9, 7, 5],
      [0, 3, 1, 2],
    ],
    [
      [2, 9, 7, 5],
      [0, 2, 3, 1],
    ],
    [
      [2, 9, 7, 5],
      [3, 2, 1, 0],
    ],
    [
      [2, 9, 7, 5],
      [1, 0, 2, 3],
    ],
    [
      [3, 4, 5, 2, 6, 7],
      [5, 3, 1, 0, 2, 4],
    ],
    [
      [3, 4, 5, 2, 6, 7],
      [0, 1, 2, 3, 4, 5],
    ],
    [
      [2, 3, 2, 3, 2, 3, 2],
      [6, 4, 2, 0, 3, 1, 5],
    ],
    [
      [1, 40, 1, 30],
      [3, 0, 1, 2],
    ],
  ])("transpose [%s] by [%s]", (shape, permutation) => {
    for (const Type of TYPES) {
      const x = countingValues(Type, sizeOf(shape));
      const outShape = permutation.map((axis) => shape[axis]!);
      const expected = build(x, outShape, (place) => {
        const at = new Array<number>(shape.length);
        permutation.forEach((axis, k) => {
          at[axis] = place[k]!;
        });
        return indexOf(at, shape);
      });
      const [out] = runKernels(kernels, {
        inputs: [x],
        outputs: [expected],
        use: (host, [from], [to]) =>
          transpose(host, { x: from!, out: to!, bytes: elementBytes(x), shape, permutation }),
      });
      expectSame(out!, expected);
    }
  });

  test("slices, also strided and backwards", () => {
    const cases: [number[], number[], number[], number[] | undefined][] = [
      [[10], [3], [4], undefined],
      [[10], [9], [5], [-2]],
      [[10], [1], [3], [3]],
      [[7, 9], [1, 2], [5, 6], undefined],
      [
        [7, 9],
        [6, 8],
        [7, 9],
        [-1, -1],
      ],
      [
        [7, 9],
        [0, 8],
        [4, 3],
        [2, -3],
      ],
      [[300, 50], [10, 0], [200, 50], undefined],
      [[3, 4, 5, 6, 7, 2], [1, 0, 2, 1, 3, 0], [2, 4, 2, 3, 4, 2], undefined],
      [
        [3, 4, 5, 6, 7, 2],
        [2, 0, 2, 5, 0, 1],
        [2, 2, 2, 3, 4, 2],
        [-1, 2, 1, -2, 2, -1],
      ],
      [[4, 5], [0, 0], [0, 5], undefined],
    ];
    for (const [shape, begin, size, strides] of cases) {
      for (const Type of TYPES) {
        const x = countingValues(Type, sizeOf(shape));
        const expected = build(x, size, (place) =>
          indexOf(
            place.map((p, axis) => begin[axis]! + p * (strides?.[axis] ?? 1)),
            shape,
          ),
        );
        const [out] = runKernels(kernels, {
          inputs: [x],
          outputs: [expected],
          use: (host, [from], [to]) =>
            slice(host, { x: from!, out: to!, bytes: elementBytes(x), shape, begin, size, strides }),
        });
        expectSame(out!, expected, `[${shape}] from [${begin}]`);
      }
    }
  });

  test("reverse", () => {
    const shape = [5, 6, 7];
    const x = countingValues(Float32Array, sizeOf(shape));
    for (const axes of [[], [0], [2], [1, 2], [0, 1, 2]]) {
      const expected = build(x, shape, (place) =>
        indexOf(
          place.map((p, axis) => (axes.includes(axis) ? shape[axis]! - 1 - p : p)),
          shape,
        ),
      );
      const [out] = runKernels(kernels, {
        inputs: [x],
        outputs: [expected],
        use: (host, [from], [to]) => reverse(host, { x: from!, out: to!, bytes: 4, shape, axes }),
      });
      expectSame(out!, expected);
    }
  });

  test("pad", () => {
    const cases: [number[], [number, number][]][] = [
      [[5], [[2, 3]]],
      [
        [3, 4],
        [
          [0, 0],
          [0, 0],
        ],
      ],
      [
        [30, 41, 3],
        [
          [1, 2],
          [3, 0],
          [0, 0],
        ],
      ],
      [
        [2, 3, 4, 5, 2, 3],
        [
          [1, 0],
          [0, 1],
          [2, 0],
          [0, 0],
          [1, 1],
          [0, 2],
        ],
      ],
      [
        [0, 3],
        [
          [1, 1],
          [0, 2],
        ],
      ],
    ];
    for (const [shape, paddings] of cases) {
      for (const [type, value] of [
        ["float32", -1.25],
        ["float32", Number.NaN],
        ["bool", 1],
        ["int32", -7],
      ] as const) {
        const values = countingValues(type === "bool" ? Uint8Array : Float32Array, sizeOf(shape));
        const x = type === "int32" ? Int32Array.from(values) : values;
        const outShape = shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
        const expected = build(
          x,
          outShape,
          (place) =>
            indexOf(
              place.map((p, axis) => p - paddings[axis]![0]),
              shape,
            ),
          value,
        );
        const [out] = runKernels(kernels, {
          inputs: [x],
          outputs: [expected],
          use: (host, [from], [to]) => pad(host, { x: from!, out: to!, shape, paddings, value, type }),
        });
        expectSame(out!, expected, `[${shape}] ${type}`);
      }
    }
  });

  test("concat", () => {
    for (const Type of TYPES) {
      for (const axis of [0, 1, 2]) {
        const shapes = [3, 1, 0, 5].map((size) => [6, 7, 33].map((length, k) => (k === axis ? size : length)));
        const inputs = shapes.map((shape) => countingValues(Type, sizeOf(shape)));
        const outShape = shapes[0]!.map((size, k) => (k === axis ? 9 : size));
        const expected = new Type(sizeOf(outShape));
        const rowOf = (shape: readonly number[]) => sizeOf(shape.slice(axis));
        for (let row = 0, at = 0; at < expected.length; row++) {
          shapes.forEach((shape, k) => {
            expected.set(
              inputs[k]!.subarray(row * rowOf(shape), (row + 1) * rowOf(shape)) as Float32Array & Uint8Array,
              at,
            );
            at += rowOf(shape);
          });
        }
        const [out] = runKernels(kernels, {
          inputs,
          outputs: [expected],
          use: (host, from, [to]) =>
            concat(host, {
              inputs: from.map((x, k) => ({ x, shape: shapes[k]! })),
              ...{ axis, out: to!, bytes: Type === Uint8Array ? 1 : 4 },
            }),
        });
        expectSame(out!, expected);
      }
    }
  });

  test("concat of two, and its inverse", () => {
    // The last rows are longer than those that are copied in pairs.
    for (const [sizes, axis] of [
      [
        [
          [6, 5, 3],
          [6, 5, 17],
        ],
        2,
      ],
      [
        [
          [6, 5, 16],
          [6, 5, 8],
        ],
        2,
      ],
      [
        [
          [2, 700, 3],
          [2, 5, 3],
        ],
        1,
      ],
      [
        [
          [4, 3],
          [7, 3],
        ],
        0,
      ],
      [
        [
          [3, 0],
          [3, 5],
        ],
        1,
      ],
      [
        [
          [2, 5000, 2],
          [2, 3, 2],
        ],
        1,
      ],
    ] as [[number[], number[]], number][]) {
      const [first, second] = sizes.map((shape, k) =>
        Float32Array.from({ length: sizeOf(shape) }, (_, i) => i + 1000 * k + 0.5),
      ) as [Float32Array, Float32Array];
      const [a, b] = sizes.map((shape) => sizeOf(shape.slice(axis))) as [number, number];
      const shape = sizes[0].map((size, k) => (k === axis ? size + sizes[1][k]! : size));
      const joined = new Float32Array(sizeOf(shape));
      for (let row = 0; row < sizeOf(shape.slice(0, axis)); row++) {
        joined.set(first.subarray(row * a, (row + 1) * a), row * (a + b));
        joined.set(second.subarray(row * b, (row + 1) * b), row * (a + b) + a);
      }
      const [out] = runKernels(kernels, {
        inputs: [first, second],
        outputs: [joined],
        use: (host, from, [to]) =>
          concat(host, { inputs: from.map((x, k) => ({ x, shape: sizes[k]! })), axis, out: to!, bytes: 4 }),
      });
      expectSame(out!, joined, `${sizes} along ${axis}`);
      const parts = runKernels(kernels, {
        inputs: [joined],
        outputs: [first, second],
        use: (host, [x], [one, other]) =>
          splitPair(host, { x: x!, shape, axis, size: sizes[0][axis]!, first: one!, second: other! }),
      });
      expectSame(parts[0]!, first, `first part of ${shape} along ${axis}`);
      expectSame(parts[1]!, second, `second part of ${shape} along ${axis}`);
    }
  });

  test("tile", () => {
    const cases: [number[], number[]][] = [
      [[5], [3]],
      [[1], [1001]],
      [
        [1, 7],
        [40, 1],
      ],
      [
        [3, 1],
        [1, 50],
      ],
      [
        [3, 5],
        [2, 4],
      ],
      [
        [2, 3, 2, 3],
        [3, 2, 1, 2],
      ],
      [
        [2, 2, 3, 2, 2, 2],
        [2, 3, 2, 2, 2, 3],
      ],
      [
        [3, 2],
        [0, 2],
      ],
    ];
    for (const [shape, repeats] of cases) {
      for (const Type of TYPES) {
        const x = countingValues(Type, sizeOf(shape));
        const expected = build(
          x,
          shape.map((size, axis) => size * repeats[axis]!),
          (place) =>
            indexOf(
              place.map((p, axis) => p % shape[axis]!),
              shape,
            ),
        );
        const [out] = runKernels(kernels, {
          inputs: [x],
          outputs: [expected],
          use: (host, [from], [to]) => tile(host, { x: from!, out: to!, bytes: elementBytes(x), shape, repeats }),
        });
        expectSame(out!, expected);
      }
    }
  });

  test("gather, with indices outside", () => {
    for (const [batch, outer, size, count, inner] of [
      [1, 1, 9, 40, 1],
      [1, 3, 5, 7, 6],
      [2, 3, 11, 5, 33],
      [1, 1, 4, 900, 70],
      [2, 1, 3, 0, 2],
    ] as const) {
      for (const Type of TYPES) {
        const x = countingValues(Type, batch * outer * size * inner);
        const random = randomFrom(count + 5);
        const indices = Int32Array.from({ length: batch * count }, () => Math.floor(random() * (size + 4)) - 2);
        const expected = build(x, [batch, outer, count, inner], ([b, o, i, c]) =>
          indexOf([b!, o!, indices[b! * count + i!]!, c!], [batch, outer, size, inner]),
        );
        const [out] = runKernels(kernels, {
          inputs: [x, indices],
          outputs: [expected],
          use: (host, [from, at], [to]) =>
            gather(host, {
              x: from!,
              indices: at!,
              out: to!,
              bytes: elementBytes(x),
              batch,
              outer,
              size,
              count,
              inner,
            }),
        });
        expectSame(out!, expected);
      }
    }
  });

  test("fill", () => {
    for (const length of [0, 1, 3, 5, 17, 1001, 200_003]) {
      for (const [template, value, type] of [
        [new Float32Array(length), 0.1, "float32"],
        [new Float32Array(length), Number.NaN, "float32"],
        [new Float32Array(length), -0, "float32"],
        [new Int32Array(length), -123456, "int32"],
        [new Uint8Array(length), 1, "bool"],
      ] as const) {
        const [out] = runKernels(kernels, {
          outputs: [template],
          use: (host, _, [to]) => fill(host, { out: to!, length, value, type }),
        });
        expectSame(out!, template.slice().fill(value));
      }
    }
  });

  test.each([
    [0, 3, 4],
    [5, 1, 3],
    [1001, 1, 7],
    [1001, 1, 300],
    [40, 5, 2],
    [3000, 17, 11],
    [500, 130, 9],
    [20000, 32, 40],
  ])("unsortedSegmentSum of %i rows, %i columns into %i", (rows, columns, segments) => {
    const random = randomFrom(rows + columns);
    const x = normalValues(rows * columns, random);
    const ids = Int32Array.from({ length: rows }, () => Math.floor(random() * (segments + 2)) - 1);
    const expected = new Float32Array(segments * columns);
    x.forEach((value, index) => {
      const segment = ids[Math.floor(index / columns)]!;
      if (segment >= 0 && segment < segments) expected[segment * columns + (index % columns)]! += value;
    });
    const [out] = runKernels(kernels, {
      inputs: [x, ids],
      outputs: [expected],
      use: (host, [from, at], [to]) =>
        unsortedSegmentSum(host, { x: from!, ids: at!, out: to!, rows, columns, segments }),
    });
    expectNear(out!, expected, 0);
  });

  test("cast as JavaScript does", () => {
    const random = randomFrom(2);
    const special = [
      ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 0.9, -0.9, 1.5, -1.5, 1e-40],
      ...[2147483647, 2147483648, -2147483648, -2147483904, 3e9, -3e9, 5e9, 1e15, -1e15, 9.2e18, 1e19, -1e19, 3e38],
    ];
    for (const length of [0, 1, 3, 5, 17, 23, 1001, 70_001]) {
      const floats = Float32Array.from({ length }, (_, k) =>
        k < special.length ? special[k]! : (random() - 0.5) * 10 ** Math.floor(random() * 14),
      );
      const integers = Int32Array.from({ length }, (_, k) => (k % 3 === 0 ? 0 : (random() - 0.5) * 2 ** 32));
      const bools = Uint8Array.from({ length }, () => (random() < 0.5 ? 0 : 1));
      const cases: [Values, ElementType, ElementType, Values][] = [
        [floats, "float32", "int32", Int32Array.from(floats)],
        [floats, "float32", "bool", Uint8Array.from(floats, (value) => (value !== 0 ? 1 : 0))],
        [integers, "int32", "float32", Float32Array.from(integers)],
        [integers, "int32", "bool", Uint8Array.from(integers, (value) => (value !== 0 ? 1 : 0))],
        [bools, "bool", "float32", Float32Array.from(bools)],
        [bools, "bool", "int32", Int32Array.from(bools)],
      ];
      for (const [x, from, to, expected] of cases) {
        const [out] = runKernels(kernels, {
          inputs: [x],
          outputs: [expected],
          use: (host, [px], [out]) => cast(host, { x: px!, out: out!, length, from, to }),
        });
        expectSame(out!, expected, `${from} to ${to}`);
      }
    }
  });

  test("takes the way that suits", () => {
    const calls = (shape: number[], permutation: number[]) =>
      kernelCalls(kernels, {
        inputs: [new Float32Array(sizeOf(shape))],
        outputs: [new Float32Array(sizeOf(shape))],
        use: (host, [x], [out]) => transpose(host, { x: x!, out: out!, bytes: 4, shape, permutation }),
      });
    expect(calls([8, 9], [1, 0])).toEqual(["copyTransposed"]);
    expect(calls([8, 3], [1, 0])).toEqual(["copyStrided"]);
    expect(calls([8, 3, 4], [1, 0, 2])).toEqual(["copyStrided"]);
    expect(calls([2, 3, 2, 3, 2, 3, 2], [6, 4, 2, 0, 3, 1, 5]).length).toBeGreaterThan(1);
  });
});

test("cast and copy of nothing, and of the same type", () => {
  const host = { parallelFor: () => expect.unreachable() } as never;
  copy(host, { from: 0, to: 0, bytes: 4, axes: [{ size: 0, from: 1, to: 1 }] });
  expect(() => cast(host, { x: 0, out: 0, length: 1, from: "bool", to: "bool" })).toThrow(
    "cast: from and to must be different types; received bool and bool.",
  );
});
