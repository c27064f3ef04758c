import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zeros } from "@ddl/core";
import { openLgg } from "@ddl/datasets/lgg";
import { describe, expect, test } from "vitest";
import type { Change } from "./lggFixture.js";
import {
  columns,
  drop,
  expectDataError,
  imageFile,
  imageOf,
  maskFile,
  maskOf,
  published,
  put,
  rows,
  short,
  tiffBytes,
  writeLgg,
} from "./lggFixture.js";

const image = imageFile(short, 2);
const mask = maskFile(short, 2);
const marred = published(maskOf(2));
marred.set(3, 6, 17);
const flat = published(maskOf(2));

/** What is wrong with one slice: seen by names when the set is opened, or by contents when the slice is read. */
const byName: [name: string, change: Change, file: string, reason: string][] = [
  ["a missing mask", drop(mask), mask, "is missing: every slice has a mask."],
  ["a missing image", drop(image), image, "is missing: its mask is there."],
  ["a gap", drop(image, mask), image, "is missing: slices are numbered from 1 to 3 without gaps."],
];
const byContents: [name: string, change: Change, file: string, reason: string][] = [
  [
    "a mask that is not binary",
    put(mask, tiffBytes(marred)),
    mask,
    "must contain only 0 and 255; received 17 at row 3, column 6.",
  ],
  [
    "a mask of another shape",
    put(mask, tiffBytes(zeros(Uint8Array, [columns, rows]))),
    mask,
    "must have 5 × 7 pixels of 1 × 8 bits; received 7 × 5 pixels of 1 × 8 bits.",
  ],
  [
    "an image of another shape",
    put(image, tiffBytes(zeros(Uint8Array, [5, 6, 3]))),
    image,
    "must have 5 × 7 pixels of 3 × 8 bits; received 5 × 6 pixels of 3 × 8 bits.",
  ],
  [
    "a mask in place of an image",
    put(image, tiffBytes(flat)),
    image,
    "must have 5 × 7 pixels of 3 × 8 bits; received 5 × 7 pixels of 1 × 8 bits.",
  ],
  [
    "another depth",
    put(image, tiffBytes(imageOf(2), { bitsPerSample: 16 })),
    image,
    "must have 5 × 7 pixels of 3 × 8 bits; received 5 × 7 pixels of 3 × 16 bits.",
  ],
  [
    "channels in separate planes",
    put(image, tiffBytes(imageOf(2), { planarConfiguration: 2 })),
    image,
    "must hold strips of grey values, or of RGB with the channels side by side.",
  ],
  [
    "a palette",
    put(mask, tiffBytes(flat, { photometric: 3 })),
    mask,
    "must hold strips of grey values, or of RGB with the channels side by side.",
  ],
  [
    "pages that go round in a circle",
    put(image, tiffBytes(imageOf(2), { cyclic: true })),
    image,
    "must have one page; it has more.",
  ],
  [
    "a picture without pixels",
    put(image, tiffBytes(zeros(Uint8Array, [0, 7, 3]))),
    image,
    "is not a readable TIFF: it has no size.",
  ],
  [
    "a truncated directory",
    (root) => truncate(join(root, image), 30),
    image,
    "is not a readable TIFF: Offset is outside the bounds of the DataView.",
  ],
  [
    "truncated pixels",
    (root) => truncate(join(root, mask), 150),
    mask,
    "is not a readable TIFF: Invalid DataView length 35.",
  ],
  ["no TIFF", put(image, "PNG, or not"), image, "is not a readable TIFF: invalid byte order: 0x4e50."],
  ["an empty file", put(image, ""), image, "is not a readable TIFF: Offset is outside the bounds of the DataView."],
  [
    "far too many bytes",
    async (root) => writeFile(join(root, mask), Buffer.concat([tiffBytes(flat), Buffer.alloc(65_536)])),
    mask,
    "must have at most 65606 bytes for 5 × 7 pixels of 1 × 8 bits; received 65711.",
  ],
  [
    "a folder in place of an image",
    async (root) => {
      await rm(join(root, image));
      await mkdir(join(root, image));
    },
    image,
    "cannot be read.",
  ],
];

describe.each([...byName.map((one) => [...one, true] as const), ...byContents.map((one) => [...one, false] as const)])(
  "%s",
  (_name, change, file, reason, whenOpened) => {
    test(`is an error that names it when the ${whenOpened ? "set is opened" : "slice is read"}`, async () => {
      const root = await writeLgg();
      await change(root);
      const message = `openLgg: ${file} ${reason}`;
      if (whenOpened) return expectDataError(openLgg(root), message);
      const set = await openLgg(root);
      await expectDataError(set.slice(short, 1), message);
      await expectDataError(set.volume(short), message);
      expect(set.skipped).toEqual([]);
    });

    test("is left out of the volume and reported once with skip", async () => {
      const root = await writeLgg();
      await change(root);
      const set = await openLgg(root, { onBadSlice: "skip" });
      expect(set.patients[1]!.sliceCount).toBe(whenOpened ? 2 : 3);
      expect(set.skipped).toHaveLength(whenOpened ? 1 : 0);
      for (let time = 0; time < 2; time++) {
        const volume = await set.volume(short);
        expect(volume.image.shape).toEqual([2, 5, 7, 3]);
        expect(volume.image.pick(1, null, null, null)).toEqualArray(imageOf(3));
        expect(volume.mask.pick(1, null, null)).toEqualArray(maskOf(3));
        expect(set.skipped).toEqual([{ file, reason }]);
      }
    });
  },
);
