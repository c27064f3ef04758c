import { zeros } from "@ddl/core";
import { drlse } from "@ddl/levelsets";
import { goldenArray, layouts } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import golden from "./goldens/drlse.json" with { type: "json" };

const negated = (array: ReturnType<typeof goldenArray<Float64Array>>) => {
  const result = zeros(Float64Array, array.shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = -array.data[i]!;
  return result;
};

describe("drlse", () => {
  test.each(golden.cases.map((one, k) => ({ k, ...one })))(
    "equals numpy in case $k, $options, in any layout",
    (one) => {
      const edges = goldenArray<Float64Array>(one.g);
      const initial = negated(goldenArray<Float64Array>(one.initial));
      const options = { ...one.options, alpha: -one.alphaOfLi, potential: one.options.potential as "double well" };
      for (const [, array] of layouts(edges)) {
        const { phi } = drlse(array, initial, options);
        expect(phi).toBeCloseToArray(negated(goldenArray<Float64Array>(one.phi)), { relative: 1e-12, absolute: 1e-12 });
      }
      for (const [, array] of layouts(initial)) {
        const { phi } = drlse(edges, array, options);
        expect(phi).toBeCloseToArray(negated(goldenArray<Float64Array>(one.phi)), { relative: 1e-12, absolute: 1e-12 });
      }
    },
  );

  test("names what it cannot take", () => {
    const edges = zeros(Float64Array, [4, 5]);
    expect(() => drlse(zeros(Float64Array, [2, 5]), zeros(Float64Array, [2, 5]))).toThrow(
      "drlse: edges must have at least 3 pixels along each axis; received",
    );
    expect(() => drlse(edges, edges, { mu: 0.25 })).toThrow(
      "drlse: mu must be below 0.25, where dt 1 is stable; received 0.25.",
    );
    expect(() => drlse(edges, zeros(Float64Array, [5, 4]))).toThrow("drlse: initial must");
    expect(() => drlse(edges, edges, { epsilon: 0 })).toThrow("drlse: epsilon must");
  });

  test("stops in the middle when its signal is raised", () => {
    const controller = new AbortController();
    const edges = zeros(Float64Array, [4, 5]);
    const seen: number[] = [];
    const onProgress = ({ iteration }: { iteration: number }) => {
      seen.push(iteration);
      if (iteration === 2) controller.abort(new Error("enough"));
    };
    expect(() => drlse(edges, edges, { tolerance: 0, signal: controller.signal, onProgress })).toThrow("enough");
    expect(seen).toEqual([1, 2]);
  });
});
