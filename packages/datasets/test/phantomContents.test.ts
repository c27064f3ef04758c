import { beforeAll, describe, expect, test } from "vitest";
import type { ThresholdAnchors } from "../bench/thresholdAnchors.mjs";
import { ThresholdCounter } from "../bench/thresholdAnchors.mjs";
import type { Volume } from "../src/dataset.js";
import { phantomLgg } from "../src/phantom/phantom.js";

/** Overlap of two parts of a byte array, by Dice, of what is above a level. */
function overlap(a: Uint8Array, b: Uint8Array, level: number): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    both += a[i] > level && b[i] > level ? 2 : 0;
    either += (a[i] > level ? 1 : 0) + (b[i] > level ? 1 : 0);
  }
  return both / either;
}

describe("as hard as the real set", () => {
  let anchors: ThresholdAnchors;
  const gains = new Map<string, number[]>();

  beforeAll(async () => {
    const dataset = phantomLgg({ patients: 32, seed: 2, size: 72 });
    const counter = new ThresholdCounter();
    for (const { id, institution, sliceCount } of dataset.patients) {
      const { image, mask } = await dataset.volume(id);
      counter.add(image.data, mask.data, sliceCount);
      const flair = image.data.filter((value, at) => at % 3 === 1 && value > 15).sort();
      gains.set(institution, [...(gains.get(institution) ?? []), flair[flair.length >> 1]]);
    }
    anchors = counter.anchors();
  });

  test("about 35 % of the slices show lesion, on 2 to 3 % of their pixels", () => {
    expect(anchors.lesionSliceFraction).toBeGreaterThan(0.3);
    expect(anchors.lesionSliceFraction).toBeLessThan(0.4);
    expect(anchors.areaFraction.median).toBeGreaterThan(0.018);
    expect(anchors.areaFraction.median).toBeLessThan(0.027);
    expect(anchors.areaFraction.mean).toBeGreaterThan(0.02);
    expect(anchors.areaFraction.mean).toBeLessThan(0.033);
  });

  test("the best threshold of FLAIR for all patients gets a volume Dice between 0.1 and 0.3", () => {
    expect(anchors.pooled.dice).toBeGreaterThan(0.1);
    expect(anchors.pooled.dice).toBeLessThan(0.3);
    expect(anchors.pooled.patientMean).toBeLessThan(0.3);
  });

  test("the best threshold of the largest-lesion slice gets a Dice between 0.4 and 0.7", () => {
    expect(anchors.oracle.mean).toBeGreaterThan(0.4);
    expect(anchors.oracle.mean).toBeLessThan(0.7);
    // Obvious lesions and faint ones.
    expect(anchors.oracle.min).toBeLessThan(0.35);
    expect(anchors.oracle.max).toBeGreaterThan(0.7);
  });

  test("the institutions' scanners differ", () => {
    const middle = (institution: string): number => {
      const sorted = gains.get(institution)!.toSorted((a, b) => a - b);
      return sorted[sorted.length >> 1];
    };
    expect(middle("B")).toBeLessThan(0.8 * middle("A"));
    expect(middle("B")).toBeLessThan(0.85 * middle("D"));
  });
});

describe("one head", () => {
  const size = 80;
  const pixels = size * size;
  const slices = 40;
  let volume: Volume;

  beforeAll(async () => {
    const dataset = phantomLgg({ patients: 3, seed: 5, size, slices });
    volume = await dataset.volume(dataset.patients[1].id);
  });

  const flairOf = (slice: number): Uint8Array =>
    volume.image.data.slice(slice * pixels * 3, (slice + 1) * pixels * 3).filter((_, at) => at % 3 === 1);
  const maskOf = (slice: number): Uint8Array => volume.mask.data.slice(slice * pixels, (slice + 1) * pixels);

  test("goes on from slice to slice", () => {
    for (let slice = 5; slice < 30; slice++) {
      const near = overlap(flairOf(slice), flairOf(slice + 1), 20);
      expect(near).toBeGreaterThan(0.85);
    }
    expect(overlap(flairOf(5), flairOf(38), 20)).toBeLessThan(0.6);
    const lesion = Array.from({ length: slices }, (_, slice) => slice).filter((slice) => maskOf(slice).includes(1));
    expect(lesion.length).toBeGreaterThan(4);
    expect(lesion.at(-1)! - lesion[0] + 1).toBe(lesion.length);
    for (const slice of lesion.slice(2, -3)) {
      expect(overlap(maskOf(slice), maskOf(slice + 1), 0)).toBeGreaterThan(0.6);
    }
  });

  test("stands upright: longer than wide, face to the top, crown in the last slice", () => {
    const widths = (slice: number): number[] => {
      const flair = flairOf(slice);
      const rows = Array.from({ length: size }, (_, row) => [...flair.slice(row * size, (row + 1) * size)]);
      const extents = rows.map(
        (row) => row.findLastIndex((value) => value > 25) - row.findIndex((value) => value > 25),
      );
      return extents.filter((extent) => extent > 0);
    };
    const middle = widths(22);
    expect(middle.length).toBeGreaterThan(1.1 * Math.max(...middle));
    const lowest = widths(1);
    const fifth = Math.floor(lowest.length / 5);
    expect(lowest[fifth]).toBeLessThan(0.8 * lowest[lowest.length - 1 - fifth]);
    expect(widths(39).length).toBeLessThan(0.7 * middle.length);
  });

  test("lies in the middle of a background that is near 0 and noisy, slice by slice", () => {
    const corner = (slice: number): number[] => {
      const flair = flairOf(slice);
      return Array.from({ length: 64 }, (_, at) => flair[(at >> 3) * size + (at & 7)]);
    };
    expect(corner(12)).not.toEqual(corner(13));
    const values = [...corner(12), ...corner(13)];
    expect(Math.max(...values)).toBeLessThan(20);
    expect(new Set(values).size).toBeGreaterThan(3);
  });

  test("is brighter in the lesion than in the brain around it, and darker than the scalp", () => {
    let largest = 0;
    for (let slice = 1; slice < slices; slice++) {
      if (maskOf(slice).filter(Boolean).length > maskOf(largest).filter(Boolean).length) largest = slice;
    }
    const flair = flairOf(largest);
    const mask = maskOf(largest);
    const lesion = flair.filter((_, at) => mask[at] === 1).sort();
    const head = flair.filter((value, at) => mask[at] === 0 && value > 20).sort();
    expect(lesion[lesion.length >> 1]).toBeGreaterThan(1.1 * head[head.length >> 1]);
    expect(head[Math.floor(0.99 * head.length)]).toBeGreaterThan(lesion[lesion.length >> 1]);
  });
});

test("about one patient in eight has FLAIR in the place of the post-contrast sequence", async () => {
  const dataset = phantomLgg({ patients: 64, seed: 4, size: 32, slices: 8 });
  let missing = 0;
  for (const { id } of dataset.patients) {
    const { data } = (await dataset.slice(id, 4)).image;
    const flair = data.filter((_, at) => at % 3 === 1);
    const post = data.filter((_, at) => at % 3 === 2);
    const pre = data.filter((_, at) => at % 3 === 0);
    expect(pre).not.toEqual(flair);
    missing += post.every((value, at) => value === flair[at]) ? 1 : 0;
  }
  expect(missing).toBeGreaterThanOrEqual(6);
  expect(missing).toBeLessThanOrEqual(10);
});
