import type { AffineOptions, ExtensionMode, RotateOptions } from "@ddl/ndimage";
import { affine, polygonToMask, rotate } from "@ddl/ndimage";
import { goldenArray, layouts, maskText } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/geometry.json" with { type: "json" };

type Values = NdArray<Float64Array>;
const inEveryLayout = (name: string): [string, Values][] =>
  layouts(goldenArray<Float64Array>(golden.arrays[name as keyof typeof golden.arrays]));
const array = (rows: number[][]): Values =>
  ndarray(Float64Array.from(rows.flat()), [rows.length, rows[0]!.length]) as Values;
const line = (...values: number[]): Values => ndarray(Float64Array.from(values), [values.length]) as Values;

describe("equal to scipy.ndimage, in every memory layout", () => {
  const closeness = (name: string, order: number) =>
    name === "single" ? { relative: 1.2e-7 } : order === 0 ? {} : { relative: 1e-12, absolute: 1e-13 };

  test.each(golden.affine.map((one, k) => ({ k, ...one })))(
    "$k: affine of $array by $matrix, $options",
    ({ array: name, matrix, options, result }) => {
      for (const [layout, input] of inEveryLayout(name)) {
        const moved = affine(input, matrix as number[][], options as AffineOptions);
        expect(moved, layout).toBeCloseToArray(goldenArray(result), closeness(name, options.order));
        expect(moved.data instanceof Float32Array).toBe(name === "single");
      }
    },
  );

  test.each(golden.rotate)("rotate of $array by $angle°, $options", ({ array: name, angle, options, result }) => {
    for (const [layout, input] of inEveryLayout(name)) {
      const turned = rotate(input, angle, options as unknown as RotateOptions);
      expect(turned, layout).toBeCloseToArray(goldenArray(result), closeness(name, options.order));
    }
  });

  test("rotate gives the same shapes at 120 angles", () => {
    const image = ndarray(new Float64Array(84), [7, 12]);
    expect(golden.rotatedShapes.map(([angle]) => [angle, rotate(image, angle as number).shape])).toEqual(
      golden.rotatedShapes,
    );
  });
});

describe("scipy's own cases", () => {
  const three = array([
    [4, 1, 3, 2],
    [7, 6, 8, 5],
    [3, 5, 3, 6],
  ]);
  const count = array([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [9, 10, 11, 12],
  ]);
  const identity = [
    [1, 0],
    [0, 1],
  ];
  const orders = [{ order: 0 }, { order: 1 }] as const;

  test.each(orders)("affine_transform01 to 12, on a line, order $order", (order) => {
    expect([...affine(line(1), [[1]], order).data]).toEqual([1]);
    expect([...affine(line(1, 1, 1, 1), [[1]], { ...order, offset: -1 }).data]).toEqual([0, 1, 1, 1]);
    expect([...affine(line(4, 1, 3, 2), [[1]], { ...order, offset: -1 }).data]).toEqual([0, 4, 1, 3]);
    expect([...affine(line(1, 1), [[0.5]], { ...order, outputShape: [4] }).data]).toEqual([1, 1, 1, 0]);
    expect([...affine(line(1, 5, 2, 6, 3, 7, 4, 4), [[2]], { ...order, outputShape: [4] }).data]).toEqual([1, 2, 3, 4]);
    const halved = affine(line(1, 2, 3, 4), [[0.5]], { ...order, outputShape: [8] });
    expect([0, 2, 4, 6].map((i) => halved.get(i))).toEqual([1, 2, 3, 4]);
  });

  test.each(orders)("affine_transform06 to 08, shifts, order $order", (order) => {
    const shifted = (offset: [number, number]): number[] => [...affine(three, identity, { ...order, offset }).data];
    expect(shifted([0, -1])).toEqual([0, 4, 1, 3, 0, 7, 6, 8, 0, 3, 5, 3]);
    expect(shifted([-1, 0])).toEqual([0, 0, 0, 0, 4, 1, 3, 2, 7, 6, 8, 5]);
    expect(shifted([-1, -1])).toEqual([0, 0, 0, 0, 0, 4, 1, 3, 0, 7, 6, 8]);
  });

  test.each(orders)("affine_transform13 to 21, scaling and lines through an image, order $order", (order) => {
    const scaled = (matrix: number[][], outputShape: number[]): number[] => [
      ...affine(count, matrix, { ...order, outputShape }).data,
    ];
    expect(
      scaled(
        [
          [1, 0],
          [0, 2],
        ],
        [3, 2],
      ),
    ).toEqual([1, 3, 5, 7, 9, 11]);
    expect(
      scaled(
        [
          [2, 0],
          [0, 1],
        ],
        [1, 4],
      ),
    ).toEqual([1, 2, 3, 4]);
    expect(
      scaled(
        [
          [2, 0],
          [0, 2],
        ],
        [1, 2],
      ),
    ).toEqual([1, 3]);
    const doubled = affine(
      count,
      [
        [0.5, 0],
        [0, 0.5],
      ],
      { ...order, outputShape: [6, 8] },
    );
    expect(doubled.step(2, 2)).toEqualArray(count);
    expect([
      ...affine(
        doubled,
        [
          [2, 0],
          [0, 2],
        ],
        { ...order, outputShape: [3, 4] },
      ).data,
    ]).toEqual([...count.data]);
    expect(scaled([[0], [2]], [2])).toEqual([1, 3]);
    expect(scaled([[2], [0]], [2])).toEqual([1, 9]);
  });

  test.each(orders)("affine_transform22 to 26, offsets, diagonals, homogeneous matrices, order $order", (order) => {
    const data = line(4, 1, 3, 2);
    expect([...affine(data, [[2]], { ...order, offset: [-1], outputShape: [3] }).data]).toEqual([0, 1, 2]);
    const halved = affine(data, [[0.5]], { ...order, offset: [-1], outputShape: [8] });
    expect([0, 2, 4, 6].map((i) => halved.get(i))).toEqual([0, 4, 1, 3]);
    for (const factor of [2, 0.5]) {
      const diagonal = affine(data, [factor], { ...order, offset: -1 });
      expect(diagonal).toEqualArray(affine(data, [[factor]], { ...order, offset: -1 }));
    }
    const expected = [0, 0, 0, 0, 0, 4, 1, 3, 0, 7, 6, 8];
    expect([
      ...affine(
        three,
        [
          [1, 0, -1],
          [0, 1, -1],
        ],
        order,
      ).data,
    ]).toEqual(expected);
    expect([
      ...affine(
        three,
        [
          [1, 0, -1],
          [0, 1, -1],
          [0, 0, 1],
        ],
        order,
      ).data,
    ]).toEqual(expected);
  });

  test("affine_transform27: the last row of a homogeneous matrix is checked", () => {
    const matrix = [
      [1, 0, -1],
      [0, 1, -1],
      [5, 2, 1],
    ];
    expect(() => affine(three, matrix)).toThrow("affine: matrix must have the last row [0, 0, 1]; received [5, 2, 1].");
  });

  test.each([
    [1, 0],
    [0, 1],
    [-1, 1],
    [3, -5],
    [2, 7],
  ])("affine_transform_shift_via_grid_wrap: %i, %i", (down, right) => {
    const x = array([
      [0, 1],
      [2, 3],
    ]);
    for (const order of orders) {
      const { data } = affine(
        x,
        [
          [1, 0, down],
          [0, 1, right],
        ],
        { ...order, mode: "grid-wrap" },
      );
      const rolled = [0, 1, 2, 3].map((i) => (((i >> 1) + down) & 1) * 2 + (((i & 1) + right) & 1));
      expect([...data]).toEqual(rolled);
    }
  });

  test("affine_transform_shift_reflect: shifted by its shape the image is reversed", () => {
    const x = array([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    for (const order of orders) {
      expect([
        ...affine(
          x,
          [
            [1, 0, 2],
            [0, 1, 3],
          ],
          { ...order, mode: "reflect" },
        ).data,
      ]).toEqual([5, 4, 3, 2, 1, 0]);
    }
  });

  test.each(orders)("rotate01 to 04, quarter turns, order $order", (order) => {
    const bar = array([
      [0, 0, 0, 0, 0],
      [0, 1, 1, 0, 0],
      [0, 0, 0, 0, 0],
    ]);
    expect(rotate(bar, 0, order)).toEqualArray(bar);
    const turned = array([
      [0, 0, 0],
      [0, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 0, 0],
    ]);
    expect(rotate(bar, 90, order)).toEqualArray(turned);
    const kept = array([
      [0, 0, 0, 0, 0],
      [0, 0, 1, 0, 0],
      [0, 0, 1, 0, 0],
    ]);
    expect(rotate(bar, 90, { ...order, reshape: false })).toEqualArray(kept);
  });

  test.each(orders)("rotate05 and 07, in a plane of a volume, order $order", (order) => {
    const volume = ndarray(new Float64Array(36), [4, 3, 3]) as Values;
    for (let k = 0; k < 3; k++) for (const row of [1, 2]) volume.set(row, 1, k, 1);
    const out = rotate(volume, 90, order);
    expect(out.shape).toEqual([3, 4, 3]);
    const flat = array([
      [0, 0, 0, 0],
      [0, 1, 1, 0],
      [0, 0, 0, 0],
    ]);
    for (let k = 0; k < 3; k++) expect(out.pick(null, null, k)).toEqualArray(flat);
    expect(rotate(volume, 90, { ...order, axes: [0, 2] }).shape).toEqual([3, 3, 4]);
  });

  test("rotate10: the figures of an older implementation with cubic splines do not apply; its zeros and centre do", () => {
    const data = ndarray(
      Float64Array.from({ length: 45 }, (_, i) => i),
      [3, 5, 3],
    ) as Values;
    const out = rotate(data, 12, { reshape: false });
    for (const [row, column] of [
      [0, 0],
      [0, 1],
      [0, 4],
      [2, 0],
      [2, 3],
      [2, 4],
    ] as const)
      expect(out.get(row, column, 1)).toBe(0);
    expect([0, 1, 2].map((k) => out.get(1, 2, k))).toEqual([21, 22, 23]);
  });

  test("rotate_exact_180: half a turn and back is nothing, to the bit", () => {
    const ramp = ndarray(
      Float64Array.from({ length: 30 }, (_, i) => i % 6),
      [5, 6],
    );
    expect(rotate(rotate(ramp, 180), -180)).toEqualArray(ramp);
  });

  test("polygon2mask: 57,653 pixels", () => {
    const rows = [80, 111, 146, 234, 407, 300, 187, 45];
    const columns = [465, 438, 499, 380, 450, 287, 210, 167];
    const star = ndarray(
      rows.flatMap((row, i) => [row, columns[i]!]),
      [8, 2],
    );
    expect(polygonToMask(star, [512, 512]).data.reduce((sum, value) => sum + value, 0)).toBe(57_653);
  });
});

describe("polygonToMask", () => {
  test.each(golden.polygons.map((one, k) => ({ k, ...one })))(
    "$k: is skimage's, in every layout",
    ({ points, mask }) => {
      const polygon = ndarray(Float64Array.from(points.flat()), [points.length, 2]) as Values;
      for (const [layout, input] of layouts(polygon)) {
        expect(polygonToMask(input, mask.shape), layout).toEqualArray(goldenArray(mask));
      }
    },
  );

  test("takes pixels on the outline", () => {
    const square = ndarray([1, 2, 1, 5, 3, 5, 3, 2], [4, 2]);
    expect(maskText(polygonToMask(square, [5, 7]))).toEqual([".......", "..####.", "..####.", "..####.", "......."]);
    expect(polygonToMask(square, [0, 7]).shape).toEqual([0, 7]);
  });
});

const modes = fc.constantFrom<ExtensionMode>(
  "constant",
  "grid-constant",
  "nearest",
  "reflect",
  "mirror",
  "grid-wrap",
  "wrap",
);

describe("properties", () => {
  test("the identity changes nothing, quarter turns only move pixels", () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 })),
        modes,
        fc.constantFrom<0 | 1>(0, 1),
        ([rows, columns], mode, order) => {
          const image = ndarray(
            Float64Array.from({ length: rows * columns }, (_, i) => i * i),
            [rows, columns],
          ) as Values;
          expect(affine(image, [1, 1], { mode, order })).toEqualArray(image);
          expect(rotate(image, 90, { mode, order })).toEqualArray(
            ndarray(image.data, [columns, rows], [-1, columns], columns - 1) as Values,
          );
          const turned = [1, 2, 3, 4].reduce((one) => rotate(one, 90, { mode, order }), image);
          expect(turned).toEqualArray(image);
        },
      ),
    );
  });

  test("far outside every mode still gives a value of the image or the constant", () => {
    const image = line(3, 5, 8, 13, 21);
    fc.assert(
      fc.property(modes, fc.double({ min: -1e6, max: 1e6, noNaN: true }), (mode, offset) => {
        const { data } = affine(image, [[1.3]], { mode, offset, order: 0, cval: -1, outputShape: [9] });
        for (const value of data) expect([3, 5, 8, 13, 21, -1]).toContain(value);
        for (const value of affine(image, [[1.3]], { mode, offset, cval: 4, outputShape: [9] }).data) {
          expect(value).toBeGreaterThanOrEqual(3 - 1e-9);
          expect(value).toBeLessThanOrEqual(21 + 1e-9);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("bad input", () => {
  const image = array([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  test.each([
    [() => affine(image, [1]), "affine: matrix must be 2 rows of 2 numbers, 2 numbers, or homogeneous; received [1]."],
    [
      () => affine(image, [[1, 0]]),
      "affine: matrix must be 2 rows of 2 numbers, 2 numbers, or homogeneous; received [[1, 0]].",
    ],
    [
      () => affine(image, [1, Number.NaN]),
      "affine: matrix must be a finite number ≥ -1000000000 and ≤ 1000000000; received NaN.",
    ],
    [() => affine(image, [1, 1], { offset: [1] }), "affine: offset must have 2 entries, one an axis; received [1]."],
    [
      () =>
        affine(
          image,
          [
            [1, 0, 0],
            [0, 1, 0],
          ],
          { offset: 1 },
        ),
      "affine: offset must be left out where the matrix is homogeneous; received 1.",
    ],
    [
      () => affine(image, [1, 1], { outputShape: [] }),
      "affine: outputShape must have one to three entries; received [].",
    ],
    [() => affine(image, [1, 1], { outputShape: [2, -1] }), "affine: outputShape must be an integer ≥ 0; received -1."],
    [() => affine(image, [1, 1], { order: 3 as 1 }), "affine: order must be one of 0, 1; received 3."],
    [
      () => affine(image, [1, 1], { mode: "edge" as "wrap" }),
      'affine: mode must be one of "constant", "grid-constant", "nearest", "reflect", "mirror", "grid-wrap", "wrap"; received "edge".',
    ],
    [
      () => affine(ndarray(new Float64Array(0), [0, 2]), [1, 1]),
      "affine: array must have at least one element; received [0, 2].",
    ],
    [
      () => affine(image, [1, 1], { prefilter: true } as object),
      'affine: options must have only the keys order, mode, cval, offset, outputShape; received "prefilter".',
    ],
    [() => rotate(line(1, 2), 3), "rotate: array must have 2 or 3 dimensions; received [2]."],
    [
      () => rotate(image, Number.NaN),
      "rotate: angle must be a finite number ≥ -1000000000 and ≤ 1000000000; received NaN.",
    ],
    [() => rotate(image, 9, { axes: [0, 2] }), "rotate: axes must be an integer ≥ 0 and ≤ 1; received 2."],
    [() => rotate(image, 9, { axes: [1, 1] }), "rotate: axes must be two axes; received [1, 1]."],
    [() => rotate(image, 9, { reshape: 1 as never }), "rotate: reshape must be true or false; received 1."],
    [
      () => rotate(array([[1, Number.NaN]]), 9),
      "rotate: array must contain only finite numbers; received NaN. The first other value is at index [0, 1].",
    ],
    [
      () => polygonToMask(array([[1, 2, 3]]), [4, 5]),
      "polygonToMask: polygon must have shape [any, 2] (points, [row, column]); received [1, 3].",
    ],
    [
      () =>
        polygonToMask(
          array([
            [1, 2],
            [3, 4],
          ]),
          [4, 5],
        ),
      "polygonToMask: polygon must have at least 3 points; received 2.",
    ],
    [
      () =>
        polygonToMask(
          array([
            [1, 2],
            [3, 4],
            [0, 0],
          ]),
          [4],
        ),
      "polygonToMask: shape must have 2 entries, rows and columns; received [4].",
    ],
    [
      () =>
        polygonToMask(
          array([
            [1, 2],
            [3, 4],
            [0, 0],
          ]),
          [4, 1.5],
        ),
      "polygonToMask: shape must be an integer ≥ 0; received 1.5.",
    ],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
