import { createHash } from "node:crypto";
import type { Cancellable } from "@ddl/core";
import {
  ArgumentError,
  DataError,
  elementCount,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectString,
  isDdlError,
  throwIfAborted,
  zeros,
} from "@ddl/core";
import type { Patient, SegmentationDataset, SkippedSlice, Slice, Volume } from "../dataset.js";
import { parseClinicalTable } from "./clinical.js";
import type { SliceSize } from "./decodeSlice.js";
import { decodeImage, decodeMask, tiffSize } from "./decodeSlice.js";
import { Root } from "./files.js";
import type { ListedPatient, ListedSlice } from "./listing.js";
import { listPatients } from "./listing.js";

/** Options of {@link openLgg}. */
export interface OpenLggOptions {
  /**
   * `error` (default): whatever is wrong with a slice is an error. `skip`: `volume` leaves the slice out, and `skipped` lists it with
   * the reason. Faults of the layout (a strange file, a malformed table) are errors either way.
   */
  onBadSlice?: "error" | "skip";
}

/**
 * Opens the LGG brain MRI set as published (`kaggle_3m`): a folder a patient, slices in numeric order, masks, and `data.csv`.
 *
 * Opening reads names and the clinical table; a slice is read when it is asked for. All slices have the size
 * of the first one. With `skip`, `sliceCount` and the indices of `slice` count the slices whose files are there.
 *
 * @param root the folder that holds `data.csv` and the patients' folders; nothing outside it is read, not even through links
 * @returns channels pre-contrast, FLAIR, post-contrast; `fingerprint()` covers names and contents of all files
 * @throws DataError that names file and reason: a missing or extra file, a gap in the numbers, a table that is not the published one;
 *   and on reading a slice: a damaged TIFF, another size or depth, a mask that is not binary
 * @example
 * ```ts
 * const set = await openLgg("data/kaggle_3m", { onBadSlice: "skip" });
 * const { image, mask } = await set.volume(set.patients[0].id); // (slices, 256, 256, 3), (slices, 256, 256)
 * ```
 *
 * Source: Buda, Saha and Mazurowski 2019 (`buda2019`); images of The Cancer Imaging Archive (`tcga-lgg`).
 */
export async function openLgg(root: string, options: OpenLggOptions = {}): Promise<SegmentationDataset> {
  const { onBadSlice = "error" } = expectOptions("openLgg", options, ["onBadSlice"]);
  expectString("openLgg", "root", root);
  expectOneOf("openLgg", "onBadSlice", onBadSlice, ["error", "skip"]);
  const folder = await Root.open(root);
  const skipped: SkippedSlice[] = [];
  const known = new Set<string>();
  const report = ({ file, reason }: SkippedSlice, cause?: unknown): void => {
    if (onBadSlice === "error") throw cause ?? new DataError("openLgg", file, reason);
    if (!known.has(file)) skipped.push({ file, reason });
    known.add(file);
  };
  const listed = await listPatients(folder, report);
  const clinical = parseClinicalTable((await folder.read("data.csv")).toString("utf8"), "data.csv");
  const patients: Patient[] = listed.map(({ folder: id, key, institution, slices }) => ({
    id,
    institution,
    sliceCount: slices.length,
    clinical: clinical.get(key) ?? null,
  }));
  return new LggDataset(folder, listed, patients, skipped, report);
}

class LggDataset implements SegmentationDataset {
  readonly name = "lgg";
  readonly channels = ["pre-contrast", "FLAIR", "post-contrast"];
  readonly #root: Root;
  readonly #listed: ReadonlyMap<string, ListedPatient>;
  readonly #report: (problem: SkippedSlice, cause?: unknown) => void;
  #size: Promise<SliceSize> | undefined;

  constructor(
    root: Root,
    listed: readonly ListedPatient[],
    readonly patients: readonly Patient[],
    readonly skipped: readonly SkippedSlice[],
    report: (problem: SkippedSlice, cause?: unknown) => void,
  ) {
    this.#root = root;
    this.#listed = new Map(listed.map((one) => [one.folder, one]));
    this.#report = report;
  }

  async slice(patientId: string, index: number): Promise<Slice> {
    const { slices } = this.#patient("slice", patientId);
    expectNumber("slice", "index", index, { integer: true, min: 0, max: slices.length - 1 });
    return this.#read(slices[index]!);
  }

  async volume(patientId: string, options: Cancellable = {}): Promise<Volume> {
    const { signal } = expectOptions("volume", options, ["signal"]);
    const read: Slice[] = [];
    const { slices } = this.#patient("volume", patientId);
    for (const one of slices) {
      throwIfAborted(signal);
      try {
        read.push(await this.#read(one));
      } catch (error) {
        if (!isDdlError(error) || error.code !== "data") throw error;
        const file = (error as DataError).file;
        this.#report({ file, reason: error.message.slice(error.message.indexOf(file) + file.length + 1) }, error);
      }
    }
    if (read.length === 0) throw new DataError("openLgg", patientId, "must have at least one slice that can be read.");
    return stack(read);
  }

  async fingerprint(options: Cancellable = {}): Promise<string> {
    const { signal } = expectOptions("fingerprint", options, ["signal"]);
    const hash = createHash("sha256").update(await this.#root.read("data.csv"));
    for (const { slices } of this.#listed.values()) {
      throwIfAborted(signal);
      const files = slices.flatMap(({ image, mask }) => [image, mask]);
      // All slices of the published set have one size, so that only their bytes tell a corrected mask from the old one.
      const digests = await Promise.all(files.map((file) => this.#root.digest(file)));
      for (const [k, file] of files.entries()) hash.update(`${file.replaceAll("\\", "/")}\n${digests[k]}\n`);
    }
    return `lgg-${hash.digest("hex").slice(0, 32)}`;
  }

  #patient(functionName: string, patientId: string): ListedPatient {
    const patient = this.#listed.get(patientId);
    if (patient !== undefined) return patient;
    const first = this.patients[0]!.id;
    const expected = `be the id of one of ${this.patients.length} patients, like ${first}`;
    throw new ArgumentError({ functionName, argument: "patientId", expected, received: patientId });
  }

  async #read({ image, mask }: ListedSlice): Promise<Slice> {
    const [imageBytes, maskBytes, size] = await Promise.all([
      this.#root.read(image),
      this.#root.read(mask),
      this.#expectedSize(),
    ]);
    return { image: decodeImage(imageBytes, image, size), mask: decodeMask(maskBytes, mask, size) };
  }

  /** The size of the first slice of the set that has one: every other slice must have it too. */
  #expectedSize(): Promise<SliceSize> {
    this.#size ??= (async () => {
      let failure: unknown;
      for (const { slices } of this.#listed.values()) {
        for (const { image } of slices) {
          try {
            return tiffSize(await this.#root.read(image), image);
          } catch (error) {
            failure ??= error;
          }
        }
      }
      throw failure;
    })();
    return this.#size;
  }
}

function stack(slices: readonly Slice[]): Volume {
  const image = zeros(Uint8Array, [slices.length, ...slices[0]!.image.shape]);
  const mask = zeros(Uint8Array, [slices.length, ...slices[0]!.mask.shape]);
  const imageSize = elementCount(slices[0]!.image.shape);
  const maskSize = elementCount(slices[0]!.mask.shape);
  for (const [k, slice] of slices.entries()) {
    image.data.set(slice.image.data, k * imageSize);
    mask.data.set(slice.mask.data, k * maskSize);
  }
  return { image, mask };
}
