import { mask, maskText } from "@ddl/testing";
import { argmaxLabels, segment, thresholdMask } from "@ddl/unet";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

/** Scores whose highest is the class drawn. */
function scoresOf(...rows: string[]): NdArray<Float32Array> {
  const drawn = rows.join("").split("").map(Number);
  const values = drawn.flatMap((own) => [0, 1, 2].map((k) => (k === own ? 1 : -k / 4)));
  return ndarray(Float32Array.from(values), [rows.length, rows[0]!.length, 3]);
}
const drawing = ({ data, shape }: NdArray<Uint8Array>): string[] =>
  Array.from({ length: shape[0]! }, (_, r) => data.subarray(r * shape[1]!, (r + 1) * shape[1]!).join(""));

describe("argmaxLabels", () => {
  const rows = ["11002", "00102", "20002"];
  test("gives the class with the highest score, of equal ones the first", () => {
    expect(drawing(argmaxLabels(scoresOf(...rows)))).toEqual(rows);
    expect(argmaxLabels(ndarray([3, 5, 5, 2, 2, 2], [1, 2, 3])).data).toEqual(Uint8Array.of(1, 0));
  });

  test("keeps the largest component of each class but the background", () => {
    expect(drawing(argmaxLabels(scoresOf(...rows), { largestComponent: true }))).toEqual(["11002", "00002", "00002"]);
  });

  test("refuses what has no classes, or too many, or no numbers", () => {
    expect(() => argmaxLabels(ndarray([], [2, 2, 0]))).toThrow(
      "argmaxLabels: scores must have at least one class; received [2, 2, 0].",
    );
    expect(() => argmaxLabels(ndarray(new Float32Array(257), [1, 1, 257]))).toThrow(
      "argmaxLabels: scores must have at most 256 classes; received [1, 1, 257].",
    );
    expect(() => argmaxLabels(ndarray([1, Number.NaN], [1, 1, 2]))).toThrow("argmaxLabels: scores must contain only");
    expect(() => argmaxLabels(ndarray([1, 2], [1, 2]))).toThrow("argmaxLabels: scores must have 3 or 4 dimensions");
    expect(() => argmaxLabels(ndarray([1], [1, 1, 1]), { largestComponent: 1 as never })).toThrow(
      "argmaxLabels: largestComponent must be true or false; received 1.",
    );
  });
});

describe("thresholdMask", () => {
  const scores = ndarray([0.5, 0.1, 0.6, 0.9, 0.2, 0.7, 0.8, 0.3, 0.4, 0.51, 1, 0.2], [2, 3, 2]);
  test("is inside above the threshold, not at it, in one channel", () => {
    expect(thresholdMask(scores)).toEqualArray(mask(".#.", "#.#"));
    expect(thresholdMask(scores, { channel: 1 })).toEqualArray(mask(".##", ".#."));
    expect(thresholdMask(scores, { threshold: 0.7 })).toEqualArray(mask("...", "#.#"));
  });

  test("keeps the largest component", () => {
    const drawn = mask("##..", "...#", ".#.#");
    const found = thresholdMask(ndarray(drawn.data, [3, 4, 1]), { largestComponent: true });
    expect(maskText(found)).toEqual(["##..", "....", "...."]);
  });

  test("refuses a channel that is not there", () => {
    expect(() => thresholdMask(scores, { channel: 2 })).toThrow(
      "thresholdMask: channel must be an integer ≥ 0 and ≤ 1; received 2.",
    );
    expect(() => thresholdMask(scores, { threshold: Number.NaN })).toThrow("thresholdMask: threshold must be a finite");
  });
});

describe("segment", () => {
  const image = ndarray(Float32Array.of(-1, 2, 3, -4, 5, -6), [2, 3, 1]);
  test("gives the mask of one class and the labels of several", async () => {
    expect(await segment((x) => x, image, { patch: [2, 2] })).toEqualArray(mask(".##", ".#."));
    const three = (x: tf.Tensor): tf.Tensor => tf.concat([tf.zerosLike(x), x, tf.mul(tf.neg(x), 2)], -1);
    expect(drawing(await segment(three, image, { patch: [2, 2] }))).toEqual(["211", "212"]);
    const kept = await segment(three, image, { patch: [2, 2], largestComponent: true });
    expect(drawing(kept)).toEqual(["211", "210"]);
  });

  test("hands its options on, and takes no activation", async () => {
    await expect(segment((x) => x, image, { patch: [2, 2], overlap: 2 })).rejects.toThrow(
      "slidingWindow: overlap must",
    );
    await expect(segment((x) => x, image, { activation: "sigmoid" } as never)).rejects.toThrow(
      'segment: options must have only the keys patch, overlap, blend, batch, border, onProgress, signal, largestComponent; received "activation".',
    );
  });
});
