import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLgg } from "@ddl/datasets/lgg";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  header,
  imageFile,
  imageOf,
  long,
  longRow,
  maskFile,
  maskOf,
  published,
  short,
  shortRow,
  tiffBytes,
  writeLgg,
} from "./lggFixture.js";

describe("a well-formed set", () => {
  test("describes itself", async () => {
    const set = await openLgg(await writeLgg());
    expect(set.name).toBe("lgg");
    expect(set.channels).toEqual(["pre-contrast", "FLAIR", "post-contrast"]);
    expect(set.skipped).toEqual([]);
    expect(set.patients.map(({ id, institution, sliceCount }) => [id, institution, sliceCount])).toEqual([
      [long, "CS", 11],
      [short, "HT", 3],
    ]);
  });

  test("gives the clinical rows as numbers, and null for an empty cell and NA", async () => {
    const { patients } = await openLgg(await writeLgg());
    expect(patients[0]!.clinical).toEqual({
      rnaSeqCluster: 1,
      methylationCluster: 5,
      miRnaCluster: 2,
      cnCluster: 1,
      rppaCluster: 1,
      oncosignCluster: 2,
      cocCluster: 1,
      histologicalType: 1,
      neoplasmHistologicGrade: 2,
      tumorTissueSite: 1,
      laterality: 3,
      tumorLocation: 2,
      gender: 1,
      ageAtInitialPathologic: 44,
      race: 2,
      ethnicity: null,
      death01: 1,
    });
    expect(patients[1]!.clinical).toMatchObject({ rnaSeqCluster: null, rppaCluster: null, ageAtInitialPathologic: 36 });
  });

  test("a patient without a row has no clinical record", async () => {
    const root = await writeLgg();
    await writeFile(join(root, "data.csv"), `\uFEFF${header}\r\n${longRow}\r\n`);
    const { patients } = await openLgg(root);
    expect(patients.map(({ clinical }) => clinical?.ageAtInitialPathologic ?? null)).toEqual([44, null]);
  });

  test("counts slices in numeric order", async () => {
    const set = await openLgg(await writeLgg());
    for (const index of [0, 1, 2, 9, 10]) {
      const { image, mask } = await set.slice(long, index);
      expect(image).toEqualArray(imageOf(index + 1));
      expect(mask).toEqualArray(maskOf(index + 1));
      expect(mask.data).toBeInstanceOf(Uint8Array);
    }
  });

  test("a volume stacks the slices", async () => {
    const set = await openLgg(await writeLgg());
    const { image, mask } = await set.volume(long);
    expect(image.shape).toEqual([11, 5, 7, 3]);
    expect(mask.shape).toEqual([11, 5, 7]);
    for (let z = 0; z < 11; z++) {
      expect(image.pick(z, null, null, null)).toEqualArray(imageOf(z + 1));
      expect(mask.pick(z, null, null)).toEqualArray(maskOf(z + 1));
    }
  });

  test("decodes a slice when it is asked for: a broken one hinders only its own reading", async () => {
    const root = await writeLgg();
    await truncate(join(root, imageFile(short, 1)), 30);
    const set = await openLgg(root);
    expect((await set.slice(short, 1)).image).toEqualArray(imageOf(2));
    expect((await set.volume(long)).image.shape[0]).toBe(11);
    await expect(set.slice(short, 0)).rejects.toThrow(`openLgg: ${imageFile(short, 1)} is not a readable TIFF: `);
  });

  test("reads through a link that stays inside, and leaves out hidden files", async () => {
    const root = await writeLgg();
    await rm(join(root, maskFile(short, 2)));
    await symlink(join(root, maskFile(short, 3)), join(root, maskFile(short, 2)));
    await writeFile(join(root, short, ".DS_Store"), "");
    const set = await openLgg(root);
    expect((await set.slice(short, 1)).mask).toEqualArray(maskOf(3));
  });

  test("a volume stops when it is told to", async () => {
    const set = await openLgg(await writeLgg());
    const reason = new Error("enough");
    await expect(set.volume(long, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("the fingerprint", () => {
  test("is that of the contents, wherever they lie", async () => {
    const root = await writeLgg();
    const copy = await mkdtemp(join(tmpdir(), "ddl-lgg-"));
    onTestFinished(() => rm(copy, { recursive: true }));
    await cp(root, copy, { recursive: true });
    const fingerprint = await (await openLgg(root)).fingerprint();
    expect(fingerprint).toMatch(/^lgg-[0-9a-f]{32}$/);
    expect(await (await openLgg(copy)).fingerprint()).toBe(fingerprint);
  });

  test("changes with a mask of the same size, with the table, and with a slice more", async () => {
    const root = await writeLgg();
    const seen = [await (await openLgg(root)).fingerprint()];
    await writeFile(join(root, maskFile(short, 2)), tiffBytes(published(maskOf(5))));
    seen.push(await (await openLgg(root)).fingerprint());
    await writeFile(join(root, "data.csv"), `${header}\n${shortRow}\n`);
    seen.push(await (await openLgg(root)).fingerprint());
    await writeFile(join(root, imageFile(short, 4)), tiffBytes(imageOf(4)));
    await writeFile(join(root, maskFile(short, 4)), tiffBytes(published(maskOf(4))));
    seen.push(await (await openLgg(root)).fingerprint());
    expect(new Set(seen).size).toBe(4);
  });
});

const real = fileURLToPath(new URL("../../../../shared/data/kaggle_3m", import.meta.url));
const here = existsSync(real);
if (!here && process.env["CI"] === "true")
  throw new Error("The LGG set must lie in ../shared/data/kaggle_3m when CI=true.");
if (!here) console.warn("The part of the LGG set is not in ../shared/data/kaggle_3m: its facts are not checked.");

// Facts measured with Pillow 9.4.0 and numpy on the part of 42 patients.
describe.runIf(here)("the real set", () => {
  test("has 42 patients with 1223 slices", async () => {
    const { patients } = await openLgg(real);
    expect(patients).toHaveLength(42);
    expect(patients.reduce((sum, { sliceCount }) => sum + sliceCount, 0)).toBe(1223);
    const counts: Record<string, number> = {};
    for (const { institution } of patients) counts[institution] = (counts[institution] ?? 0) + 1;
    expect(counts).toEqual({ CS: 6, DU: 17, FG: 5, HT: 14 });
    expect(patients.every(({ clinical }) => clinical !== null)).toBe(true);
    expect(patients[4]!.clinical).toMatchObject({ rnaSeqCluster: null, ageAtInitialPathologic: 54, ethnicity: 2 });
  });

  test("pixels of one patient: sums of channels, lesion area, and where the lesion is", async () => {
    const set = await openLgg(real);
    const { image, mask } = await set.volume("TCGA_HT_7602_19951103");
    expect(image.shape).toEqual([20, 256, 256, 3]);
    const sums = [0, 0, 0];
    for (let i = 0; i < image.data.length; i++) sums[i % 3]! += image.data[i]!;
    expect(sums).toEqual([34153814, 28827577, 34871403]);
    const areas = Array.from({ length: 20 }, (_, z) =>
      mask.data.subarray(z * 65536, (z + 1) * 65536).reduce((sum, value) => sum + value, 0),
    );
    expect(areas.reduce((sum, area) => sum + area)).toBe(6946);
    expect(areas.slice(0, 8)).toEqual([0, 0, 0, 0, 0, 244, 509, 1229]);
    expect(createHash("sha256").update(image.data).update(mask.data).digest("hex")).toBe(
      "d6d4d539e2135179e7a0790858f01f8b13f1f60adbce0cac9e4c15e533636235",
    );
  });
});
