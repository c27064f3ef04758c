import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "@ddl/core";
import type { SkippedSlice } from "../dataset.js";
import type { Root } from "./files.js";

/** The files of one slice, relative to the root. */
export interface ListedSlice {
  image: string;
  mask: string;
}

/** A patient's folder, its slices in numeric order. */
export interface ListedPatient {
  folder: string;
  /** `TCGA_CS_4942`: the key of the clinical table. */
  key: string;
  /** `CS` */
  institution: string;
  slices: ListedSlice[];
}

/** What is wrong with a slice, known from names alone. */
export type ReportSlice = (problem: SkippedSlice) => void;

const folderPattern = /^(TCGA_([A-Z0-9]{2})_[A-Z0-9]+)_\d{8}$/;

/** Lists the set by its names; no image is opened. @throws DataError for what is not the published layout */
export async function listPatients(root: Root, report: ReportSlice): Promise<ListedPatient[]> {
  const top = await root.resolve(".");
  const patients: ListedPatient[] = [];
  for (const entry of (await readdir(top, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    if (name.startsWith(".") || name === "data.csv" || /^README(\.md)?$/.test(name)) continue;
    const match = folderPattern.exec(name);
    if (match === null) {
      throw new DataError(
        "openLgg",
        name,
        "must not be there: a set holds data.csv and folders like TCGA_CS_4942_19970222.",
      );
    }
    const folder = await root.resolve(name);
    if (!(await stat(folder)).isDirectory()) throw new DataError("openLgg", name, "must be a folder.");
    const files = await readdir(folder, { withFileTypes: true });
    // A link is followed only after a look at where it leads.
    for (const file of files) if (file.isSymbolicLink()) await root.resolve(join(name, file.name));
    const names = files.map((file) => file.name);
    const slices = listSlices(name, names, report);
    patients.push({ folder: name, key: match[1]!, institution: match[2]!, slices });
  }
  if (patients.length === 0) {
    throw new DataError("openLgg", "the root", "must hold folders like TCGA_CS_4942_19970222; received none.");
  }
  return patients;
}

/** Pairs images and masks of a folder, numbered from 1 without gaps. */
function listSlices(folder: string, files: readonly string[], report: ReportSlice): ListedSlice[] {
  const images = new Set<number>();
  const masks = new Set<number>();
  for (const file of [...files].sort()) {
    if (file.startsWith(".")) continue;
    const match = new RegExp(`^${folder}_([1-9]\\d{0,4})(_mask)?\\.tif$`).exec(file);
    if (match === null) {
      const expected = `${folder}_<number>.tif and ${folder}_<number>_mask.tif`;
      throw new DataError("openLgg", join(folder, file), `must not be there: a folder holds ${expected}.`);
    }
    (match[2] === undefined ? images : masks).add(Number(match[1]));
  }
  const last = Math.max(0, ...images, ...masks);
  if (last === 0) throw new DataError("openLgg", folder, "must hold slices; it is empty.");
  const slices: ListedSlice[] = [];
  for (let k = 1; k <= last; k++) {
    const image = join(folder, `${folder}_${k}.tif`);
    const mask = join(folder, `${folder}_${k}_mask.tif`);
    if (images.has(k) && masks.has(k)) slices.push({ image, mask });
    else if (images.has(k)) report({ file: mask, reason: "is missing: every slice has a mask." });
    else if (masks.has(k)) report({ file: image, reason: "is missing: its mask is there." });
    else report({ file: image, reason: `is missing: slices are numbered from 1 to ${last} without gaps.` });
  }
  return slices;
}
