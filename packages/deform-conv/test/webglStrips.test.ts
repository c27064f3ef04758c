import { registerWebglKernels } from "@ddl/deform-conv/webgl";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DeformConvGeometry } from "../src/deformConv2d/geometry.js";
import { stripsOf } from "../src/webgl/strips.js";
import { tapLists } from "../src/webgl/tapLists.js";

const geometry = (changes: Partial<DeformConvGeometry>): DeformConvGeometry => ({
  batch: 1,
  inHeight: 3,
  inWidth: 4,
  inChannels: 2,
  outHeight: 2,
  outWidth: 3,
  outChannels: 5,
  kernelHeight: 1,
  kernelWidth: 1,
  groups: 1,
  offsetGroups: 1,
  strideY: 1,
  strideX: 1,
  dilationY: 1,
  dilationX: 1,
  padTop: 0,
  padLeft: 0,
  ...changes,
});

test("without WebGL nothing is registered", () => {
  expect(registerWebglKernels()).toBe(false);
});

test("strips have whole images, as many as fit", () => {
  // Twelve floats an image.
  const strips = stripsOf(geometry({ batch: 5 }), 30);
  expect(strips).toEqual([
    { from: 0, count: 12, image: 0, images: 2 },
    { from: 12, count: 12, image: 2, images: 2 },
    { from: 24, count: 6, image: 4, images: 1 },
  ]);
});

test("strips are parts of one image where it does not fit, as equal as can be", () => {
  expect(stripsOf(geometry({ batch: 2, outHeight: 7, outWidth: 1 }), 11)).toEqual([
    { from: 0, count: 4, image: 0, images: 1 },
    { from: 4, count: 3, image: 0, images: 1 },
    { from: 7, count: 4, image: 1, images: 1 },
    { from: 11, count: 3, image: 1, images: 1 },
  ]);
});

test("strips cover every window once, within the limit or one window each", () => {
  const small = fc.integer({ min: 1, max: 9 });
  const settings = fc.tuple(small, small, small, small, small, fc.integer({ min: 1, max: 700 }));
  fc.assert(
    fc.property(settings, ([batch, outHeight, outWidth, inChannels, kernelHeight, limit]) => {
      const g = geometry({ batch, outHeight, outWidth, inChannels, kernelHeight });
      const windows = outHeight * outWidth;
      let next = 0;
      for (const { from, count, image, images } of stripsOf(g, limit)) {
        expect(from).toBe(next);
        next += count;
        expect(Math.floor(from / windows)).toBe(image);
        expect(Math.floor((next - 1) / windows)).toBe(image + images - 1);
        expect(count === 1 || count * inChannels * kernelHeight <= limit).toBe(true);
      }
      expect(next).toBe(batch * windows);
    }),
  );
});

test("taps are listed by the cell they read from, in their order, and without those that touch no pixel", () => {
  // Windows at columns 1, 3 of a row of 2 × 3 pixels, two taps side by side, the second image of a batch.
  const g = geometry({
    batch: 2,
    inHeight: 2,
    inWidth: 3,
    outHeight: 1,
    outWidth: 2,
    kernelWidth: 2,
    strideX: 2,
    padLeft: -1,
  });
  const offset = Float32Array.of(0.5, 0.25, 0, -1, Number.NaN, 0, -1, -3.5);
  const { starts, taps } = tapLists(offset, { from: 2, count: 2, image: 1, images: 1 }, g);
  // Places: (0.5, 1.25), (0, 1), none, (-1, 0.5). Cells are 3 × 4, their rows and columns counted from -1.
  expect([...taps]).toEqual([3, 0, 1]);
  expect([...starts]).toEqual([0, 0, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3]);
});
