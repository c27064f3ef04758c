import { zeros } from "@ddl/core";
import { geodesicActiveContour } from "@ddl/levelsets";
import { goldenArray, layouts } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import golden from "./goldens/geodesicActiveContour.json" with { type: "json" };

describe("geodesicActiveContour", () => {
  test.each(golden.cases.map((one, k) => ({ k, ...one })))(
    "equals a scalar program in case $k, in any layout",
    (one) => {
      for (const [, edges] of layouts(goldenArray<Float64Array>(one.g))) {
        const { phi } = geodesicActiveContour(edges, goldenArray(one.initial), one.options);
        expect(phi).toBeCloseToArray(goldenArray<Float64Array>(one.phi), { relative: 1e-9, absolute: 1e-9 });
      }
    },
  );

  test("shrinks a circle under its curvature as r² = r0² − 2t", () => {
    const phi = zeros(Float64Array, [61, 67]);
    for (let y = 0; y < 61; y++) for (let x = 0; x < 67; x++) phi.set(y, x, 20 - Math.hypot(y - 29, x - 34));
    const edges = zeros(Float64Array, [61, 67]);
    edges.data.fill(1);
    let time = 0;
    const onProgress = ({ dt }: { dt: number }) => {
      time += dt;
    };
    const options = { propagation: 0, advection: 0, maxIterations: 200, onProgress };
    const { mask } = geodesicActiveContour(edges, phi, options);
    const area = mask.data.reduce((sum, value) => sum + value, 0);
    expect(time).toBeGreaterThan(90);
    expect(Math.abs(area / (Math.PI * (400 - 2 * time)) - 1)).toBeLessThan(0.02);
  });

  test("names what it cannot take", () => {
    const edges = zeros(Float64Array, [4, 5]);
    expect(() => geodesicActiveContour(edges, edges, { curvature: -1 })).toThrow(
      "geodesicActiveContour: curvature must",
    );
    for (const derivativeSigma of [-1, 0.5, Number.NaN]) {
      expect(() => geodesicActiveContour(edges, edges, { derivativeSigma, spacing: [1, 1.5] })).toThrow(
        `geodesicActiveContour: derivativeSigma must be a finite number ≥ 0.75; received ${derivativeSigma}.`,
      );
    }
    expect(() => geodesicActiveContour(edges, zeros(Float64Array, [5, 4]))).toThrow(
      "geodesicActiveContour: initial must",
    );
  });
});
