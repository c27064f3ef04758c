import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDdlError, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { expect, onTestFinished } from "vitest";

/** Size of the fixture's slices. */
export const rows = 5;
export const columns = 7;

/** A patient with eleven slices, so that numeric and alphabetic order differ; and one with three, and empty cells in the table. */
export const long = "TCGA_CS_4942_19970222";
export const short = "TCGA_HT_A616_19991226";

export const header =
  "Patient,RNASeqCluster,MethylationCluster,miRNACluster,CNCluster,RPPACluster,OncosignCluster,COCCluster,histological_type," +
  "neoplasm_histologic_grade,tumor_tissue_site,laterality,tumor_location,gender,age_at_initial_pathologic,race,ethnicity,death01";
export const longRow = "TCGA_CS_4942,1,5,2,1,1,2,1,1,2,1,3,2,1,44,2,,1";
export const shortRow = "TCGA_HT_A616,,5,2,1,NA,2,1,1,1,1,1,2,1,36,3,,0";

/** The image of slice `k` (from 1): no two values of a slice are equal. */
export function imageOf(k: number): NdArray<Uint8Array> {
  const image = zeros(Uint8Array, [rows, columns, 3]);
  for (let i = 0; i < image.data.length; i++) image.data[i] = (17 * k + 2 * i) % 251;
  return image;
}

/** The mask of slice `k` (from 1): k pixels from the second row on. */
export function maskOf(k: number): NdArray<Uint8Array> {
  const mask = zeros(Uint8Array, [rows, columns]);
  mask.data.fill(1, columns, columns + k);
  return mask;
}

/** An array of 0 and 1 as published: 0 and 255. */
export function published(mask: NdArray<Uint8Array>): NdArray<Uint8Array> {
  const result = zeros(Uint8Array, mask.shape);
  for (let i = 0; i < mask.data.length; i++) result.data[i] = 255 * mask.data[i]!;
  return result;
}

/** What of a TIFF can be made wrong; each is a tag's value. */
export interface TiffFlaws {
  bitsPerSample?: number;
  photometric?: number;
  planarConfiguration?: number;
  /** The next page lies where this one lies. */
  cyclic?: boolean;
}

/** An uncompressed TIFF of one strip: grey values (rows, columns) or RGB (rows, columns, 3). Directory first, pixels last. */
export function tiffBytes({ data, shape }: NdArray<Uint8Array>, flaws: TiffFlaws = {}): Uint8Array {
  const samples = shape[2] ?? 1;
  const { bitsPerSample = 8, photometric = samples === 1 ? 1 : 2, planarConfiguration = 1, cyclic = false } = flaws;
  const entries = 10;
  const pixels = 8 + 2 + 12 * entries + 4;
  const bytes = new Uint8Array(pixels + data.length + 6);
  const view = new DataView(bytes.buffer);
  const bits = pixels + data.length;
  const fields: [tag: number, type: 3 | 4, count: number, value: number][] = [
    [256, 4, 1, shape[1]!],
    [257, 4, 1, shape[0]!],
    samples === 1 ? [258, 3, 1, bitsPerSample] : [258, 3, samples, bits],
    [259, 3, 1, 1],
    [262, 3, 1, photometric],
    [273, 4, 1, pixels],
    [277, 3, 1, samples],
    [278, 4, 1, shape[0]!],
    [279, 4, 1, data.length],
    [284, 3, 1, planarConfiguration],
  ];
  view.setUint16(0, 0x4949);
  view.setUint16(2, 42, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, entries, true);
  for (const [k, [tag, type, count, value]] of fields.entries()) {
    const at = 10 + 12 * k;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    if (type === 3 && count === 1) view.setUint16(at + 8, value, true);
    else view.setUint32(at + 8, value, true);
  }
  view.setUint32(10 + 12 * entries, cyclic ? 8 : 0, true);
  bytes.set(data, pixels);
  for (let c = 0; c < 3; c++) view.setUint16(bits + 2 * c, bitsPerSample, true);
  return bytes;
}

/** Relative path of a slice's image. */
export function imageFile(patient: string, k: number): string {
  return join(patient, `${patient}_${k}.tif`);
}

/** Relative path of a slice's mask. */
export function maskFile(patient: string, k: number): string {
  return join(patient, `${patient}_${k}_mask.tif`);
}

/** Writes the set into a new folder that the end of the running test takes away, and gives its path. */
export async function writeLgg(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "ddl-lgg-"));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [patient, count] of [[long, 11] as const, [short, 3] as const]) {
    await mkdir(join(root, patient));
    for (let k = 1; k <= count; k++) {
      await writeFile(join(root, imageFile(patient, k)), tiffBytes(imageOf(k)));
      await writeFile(join(root, maskFile(patient, k)), tiffBytes(published(maskOf(k))));
    }
  }
  await writeFile(join(root, "data.csv"), `${[header, longRow, shortRow].join("\n")}\n`);
  return root;
}

/** Spoils a set. */
export type Change = (root: string) => Promise<unknown>;

export const put =
  (file: string, content: Uint8Array | string): Change =>
  (root) =>
    writeFile(join(root, file), content);

export const drop =
  (...files: string[]): Change =>
  (root) =>
    Promise.all(files.map((file) => rm(join(root, file))));

/** Rejects with an error of the code `data` and this message. */
export async function expectDataError(promise: Promise<unknown>, message: string): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect((error as Error | undefined)?.message).toBe(message);
  expect(isDdlError(error) && error.code).toBe("data");
}
