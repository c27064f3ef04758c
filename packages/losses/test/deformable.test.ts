import { activeContourElasticaLoss, activeContourLoss, levelSetLoss, mumfordShahLoss } from "@ddl/losses";
import { expectGradient } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const number = async (x: Tensor): Promise<number> => (await x.data())[0]!;
const image = (...rows: number[][]): Tensor => tf.tensor(rows.flat(), [1, rows.length, rows[0]!.length, 1]);
const spot = () => image([0, 0, 0], [0, 1, 0], [0, 0, 0]);
const block = () => image([0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]);

describe("activeContourLoss", () => {
  test("of a single pixel: (2 + √2)/4 with its four differences, next to nothing as published", async () => {
    expect(await number(activeContourLoss(spot(), spot()))).toBeCloseTo(0.8535784, 6);
    expect(await number(activeContourLoss(spot(), spot(), { reference: "published" }))).toBeCloseTo(1e-4, 7);
    const sum = 2 + Math.SQRT2 + 1e-4;
    expect(await number(activeContourLoss(spot(), spot(), { reduction: "sum" }))).toBeCloseTo(sum, 5);
  });

  test("of a block of four pixels", async () => {
    expect(await number(activeContourLoss(block(), block()))).toBeCloseTo(0.8238237, 6);
    expect(await number(activeContourLoss(block(), block(), { reference: "published" }))).toBeCloseTo(0.3536284, 6);
  });

  test("weighs false positives by μ and the region by λ", async () => {
    const u = image([0.25, 0.25, 0.25], [0.25, 0.25, 0.25]); // no length but √ε
    const v = image([1, 0, 0], [0, 0, 1]);
    const [inside, outside] = [(4 * 0.25) / 6, (2 * 0.75) / 6];
    const loss = activeContourLoss(v, u, { lambda: 2, mu: 3, epsilon: 1e-12 });
    expect(await number(loss)).toBeCloseTo(2 * (3 * inside + outside), 5);
  });

  test("of a volume counts differences between planes", async () => {
    const u = tf.tensor([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1], [1, 3, 2, 2, 1]);
    expect(await number(activeContourLoss(u, u, { reduction: "sum" }))).toBeCloseTo(1 + 1e-4, 6);
  });

  test("bad input is named", () => {
    expect(() => activeContourLoss(tf.zeros([1, 1, 3, 1]), tf.zeros([1, 1, 3, 1]))).toThrow(
      "activeContourLoss: yPred must have at least 2 pixels along each axis; received [1, 1, 3, 1].",
    );
    expect(() =>
      activeContourLoss(tf.zeros([1, 4, 3, 2, 1]), tf.zeros([1, 4, 3, 2, 1]), { reference: "published" }),
    ).toThrow('activeContourLoss: reference must be "paper" in three dimensions; received "published".');
    expect(() => activeContourLoss(spot(), spot(), { epsilon: 0 })).toThrow(
      "activeContourLoss: epsilon must be a finite number > 0; received 0.",
    );
    expect(() => activeContourLoss(spot(), spot(), { lambda: -1 })).toThrow(
      "activeContourLoss: lambda must be a finite number ≥ 0; received -1.",
    );
  });
});

describe("activeContourElasticaLoss", () => {
  test("of a ramp is its region of 6 and its length of 3", async () => {
    const ramp = image(...Array.from({ length: 4 }, () => [0, 0.25, 0.5, 0.75]));
    expect(await number(activeContourElasticaLoss(tf.zeros([1, 4, 4, 1]), ramp))).toBeCloseTo(9, 2);
  });

  test("of a single pixel is 2.0021, and without curvature its length", async () => {
    expect(await number(activeContourElasticaLoss(spot(), spot()))).toBeCloseTo(2.0021, 4);
    expect(await number(activeContourElasticaLoss(spot(), spot(), { b: 0 }))).toBeCloseTo(2 + 5e-4, 5);
  });

  test("halving the mixed derivative and the mean curvature are other losses", async () => {
    const u = image([0.1, 0.7, 0.3], [0.9, 0.2, 0.6]);
    const v = image([0, 1, 0], [1, 0, 1]);
    const values = await Promise.all(
      [{}, { mixed: "halved" }, { curvature: "mean" }, { curvature: "mean", mixed: "halved" }].map((options) =>
        number(activeContourElasticaLoss(v, u, { epsilon: 0.01, ...(options as object) })),
      ),
    );
    expect(new Set(values.map((value) => value.toFixed(4))).size).toBe(4);
  });

  test("bad input is named", () => {
    expect(() => activeContourElasticaLoss(spot(), spot(), { curvature: "gauss" as "mean" })).toThrow(
      'activeContourElasticaLoss: curvature must be one of "published", "mean"; received "gauss".',
    );
    const volume = tf.zeros([1, 2, 3, 4, 1]);
    expect(() => activeContourElasticaLoss(volume, volume)).toThrow(
      "activeContourElasticaLoss: yTrue must have 4 axes (batch, …, classes); received [1, 2, 3, 4, 1].",
    );
    expect(() => activeContourElasticaLoss(spot(), spot(), { a: -1 })).toThrow(
      "activeContourElasticaLoss: a must be a finite number ≥ 0; received -1.",
    );
  });
});

describe("mumfordShahLoss", () => {
  // Two equal rows of the line 1, 3 | 5, 5 split in its middle: data 2 and two differences a row.
  const x = () => image([1, 3, 5, 5], [1, 3, 5, 5]);
  const y = () => {
    const first = image([1, 1, 0, 0], [1, 1, 0, 0]);
    return tf.concat([first, tf.sub(1, first)], 3);
  };

  test("is 2.002 for each row", async () => {
    expect(await number(mumfordShahLoss(x(), y()))).toBeCloseTo(2 * 2.002, 5);
    expect(await number(mumfordShahLoss(x(), y(), { lambda: 0 }))).toBeCloseTo(4, 6);
    expect(await number(mumfordShahLoss(x(), y(), { lambda: 2, reduction: "mean" }))).toBeCloseTo((4 + 8) / 8, 6);
  });

  test("has no slope of |x| at 0: the gradient of a flat prediction is (x − c)²", async () => {
    const flat = tf.fill([1, 2, 4, 1], 0.5);
    const gradient = await tf
      .grad((p: Tensor) => mumfordShahLoss(x(), p, { lambda: 1 }))(flat)
      .data();
    expect([...gradient]).toEqual([6.25, 0.25, 2.25, 2.25, 6.25, 0.25, 2.25, 2.25]);
  });

  test("has the gradient of its definition, through the means", async () => {
    const pixels = [0.3, 0.9, 0.1, 0.4, 0.75, 0.2];
    const definition = (p: number[]): number => {
      const mean = p.reduce((sum, w, i) => sum + w * pixels[i]!, 0) / p.reduce((a, b) => a + b);
      return p.reduce((sum, w, i) => sum + w * (pixels[i]! - mean) ** 2, 0);
    };
    const values = [0.2, 0.7, 0.4, 0.1, 0.35, 0.8];
    const t = tf.tensor(pixels, [1, 2, 3, 1]);
    await expectGradient((p) => mumfordShahLoss(t, p!, { lambda: 0 }), definition, [{ values, shape: [1, 2, 3, 1] }]);
  });

  test("bad input is named", () => {
    expect(() => mumfordShahLoss(tf.zeros([1, 2, 3, 3]), tf.zeros([1, 3, 2, 2]))).toThrow(
      "mumfordShahLoss: yPred must have the shape of yTrue up to the last axis, [1, 2, 3, classes]; received [1, 3, 2, 2].",
    );
    expect(() => mumfordShahLoss(x(), null as never)).toThrow(
      "mumfordShahLoss: yPred must be a tensor; received null.",
    );
    expect(() => mumfordShahLoss(x(), y(), { norm: "l3" as "l2" })).toThrow(
      'mumfordShahLoss: norm must be one of "l1", "l2"; received "l3".',
    );
  });
});

describe("levelSetLoss", () => {
  test("of a perfect split leaves the rest that H has, 0.0307190", async () => {
    const v = image([0, 0, 1, 1], [0, 0, 1, 1]);
    expect(await number(levelSetLoss(v, v, { mu: 0 }))).toBeCloseTo(0.030719, 6);
  });

  test("adds ν·H and μ·length: H is 0.0317255 at p = 0", async () => {
    const v = tf.zeros([1, 2, 3, 1]);
    const h = 0.5 - Math.atan(10) / Math.PI;
    expect(await number(levelSetLoss(v, v, { mu: 0, nu: 2 }))).toBeCloseTo(2 * h, 6);
    // Both means are v: the length is that of no difference at all.
    expect(await number(levelSetLoss(v, v, { mu: 3 }))).toBeCloseTo(3e-4, 7);
  });

  test("has the gradient of its definition, through both means", async () => {
    const v = [0.3, 0.9, 0.1, 0.4, 0.75, 0.2];
    const definition = (p: number[]): number => {
      const h = p.map((value) => 0.5 + Math.atan((value - 0.5) / 0.2) / Math.PI);
      const term = (w: number[]): number => {
        const mean = w.reduce((sum, one, i) => sum + one * v[i]!, 0) / w.reduce((a, b) => a + b);
        return w.reduce((sum, one, i) => sum + one * (v[i]! - mean) ** 2, 0) / 6;
      };
      return 2 * term(h) + 0.5 * term(h.map((one) => 1 - one));
    };
    const values = [0.2, 0.7, 0.45, 0.1, 0.35, 0.8];
    const options = { mu: 0, lambda1: 2, lambda2: 0.5, epsilon: 0.2 };
    const t = tf.tensor(v, [1, 2, 3, 1]);
    await expectGradient((p) => levelSetLoss(t, p!, options), definition, [{ values, shape: [1, 2, 3, 1] }]);
  });

  test("bad input is named", () => {
    expect(() => levelSetLoss(spot(), spot(), { lambda2: Number.NaN })).toThrow(
      "levelSetLoss: lambda2 must be a finite number ≥ 0; received NaN.",
    );
    expect(() => levelSetLoss(spot(), tf.zeros([1, 3, 3, 2]))).toThrow(
      "levelSetLoss: yPred must have the shape of yTrue, [1, 3, 3, 1]; received [1, 3, 3, 2].",
    );
  });
});
