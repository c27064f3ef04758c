import type { FindContoursOptions } from "@ddl/ndimage";
import { findContours, label } from "@ddl/ndimage";
import { goldenArray, layouts, mask } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/regions.json" with { type: "json" };

describe("label", () => {
  test.each(golden.labels)("$name, connectivity $connectivity", (one) => {
    for (const [, array] of layouts(goldenArray<Int32Array>(one.mask))) {
      const { labels, count } = label(array, { connectivity: one.connectivity });
      expect(labels).toEqualArray(goldenArray(one.labels));
      expect(count).toBe(one.count);
    }
  });

  test("gives no label to no pixels", () => {
    expect(label(ndarray(new Uint8Array(0), [5, 0, 3])).count).toBe(0);
    expect(label(mask("...", "...")).count).toBe(0);
  });
});

describe("findContours", () => {
  test.each(golden.contours)(
    "$name: level $level, $fullyConnected connected, $positiveOrientation on the left",
    (one) => {
      const options = {
        fullyConnected: one.fullyConnected,
        positiveOrientation: one.positiveOrientation,
        ...(one.level === null ? {} : { level: one.level }),
        ...(one.mask === null ? {} : { mask: goldenArray(one.mask) }),
      } as FindContoursOptions;
      for (const [, image] of layouts(goldenArray<Float64Array>(one.image))) {
        const contours = findContours(image, options);
        expect(contours).toHaveLength(one.contours.length);
        for (const [k, contour] of contours.entries()) expect(contour).toEqualArray(goldenArray(one.contours[k]!));
      }
    },
  );

  test("finds nothing where nothing is a number", () => {
    expect(findContours(ndarray(new Float64Array(6).fill(Number.NaN), [2, 3]))).toEqual([]);
  });
});

describe("bad input", () => {
  const infinite = ndarray(Float64Array.of(1, 2, Number.NEGATIVE_INFINITY, 1, 5, 1), [2, 3]) as NdArray<Float64Array>;
  test.each([
    [
      () => findContours(infinite, { level: 2 }),
      "findContours: image must contain only finite numbers and NaN; received -Infinity.",
    ],
    [
      () => findContours(mask("#.", ".."), { mask: mask("#..") }),
      "findContours: mask must have shape [2, 2]; received [1, 3].",
    ],
    [
      () => findContours(mask("#.", ".."), { positiveOrientation: "bar" as never }),
      'findContours: positiveOrientation must be one of "low", "high"; received "bar".',
    ],
    [
      () => label(infinite),
      "label: mask must contain only finite numbers; received -Infinity. The first other value is at index [0, 2].",
    ],
    [() => label(mask("#"), { connectivity: 0 }), "label: connectivity must be an integer ≥ 1 and ≤ 2; received 0."],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
