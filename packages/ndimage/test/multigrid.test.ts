import { Random } from "@ddl/core";
import { describe, expect, test } from "vitest";
import { coarsen } from "../src/segmentation/randomWalker/coarsen.js";
import { multiply } from "../src/segmentation/randomWalker/GridSystem.js";
import type { WalkerGraph } from "../src/segmentation/randomWalker/walkerGraph.js";
import { walkerGraph } from "../src/segmentation/randomWalker/walkerGraph.js";

type Shape = [number, number, number];

function randomGraph(shape: Shape): WalkerGraph {
  const random = Random.fromSeed(shape.join());
  const count = shape[0] * shape[1] * shape[2];
  const values = Float64Array.from({ length: count }, () => random.uniform());
  const labels = Int32Array.from({ length: count }, () => [0, 0, 0, 0, 0, 1, 2, -1][random.integer(8)]!);
  return walkerGraph({ values, channels: 1, shape, spacing: [2, 1, 0.5], sharpness: 3 }, labels);
}

describe("coarsen", () => {
  test.each<Shape>([
    [1, 6, 9],
    [1, 5, 8],
    [3, 4, 7],
    [4, 5, 6],
    [5, 1, 3],
  ])("gives the energy of what is constant on blocks: %i × %i × %i", (...shape) => {
    const { system, pixel, weight } = randomGraph(shape);
    const ground = new Float64Array(system.diagonal.length);
    for (const [e, at] of pixel.entries()) ground[system.margin + at]! += weight[e]!;
    const { system: coarse } = coarsen({ system, ground });
    const [planes, rows, columns] = shape;
    expect(coarse.shape).toEqual(shape.map((n) => Math.ceil(n / 2)));
    const random = Random.fromSeed("blocks");
    const x = new Float64Array(coarse.diagonal.length);
    for (let i = 0; i < coarse.count; i++) x[coarse.margin + i] = random.normal();
    const fine = new Float64Array(system.diagonal.length);
    for (let p = 0, i = system.margin; p < planes; p++) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++, i++) {
          const block = ((p >> 1) * coarse.shape[1] + (r >> 1)) * coarse.shape[2] + (c >> 1);
          fine[i] = system.diagonal[i] === 0 ? 0 : x[coarse.margin + block]!;
        }
      }
    }
    const energy = multiply(system, fine, new Float64Array(fine.length));
    expect(multiply(coarse, x, new Float64Array(x.length))).toBeCloseTo(energy, 10);
    expect(energy).toBeGreaterThan(1);
  });
});
