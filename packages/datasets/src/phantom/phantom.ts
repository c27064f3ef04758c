import type { Cancellable } from "@ddl/core";
import { ArgumentError, expectNumber, expectOptions, throwIfAborted } from "@ddl/core";
import ndarray from "ndarray";
import type { Patient, SegmentationDataset, Slice, Volume } from "../dataset.js";
import { SmoothNoise } from "./noise.js";
import type { PhantomPatient } from "./patient.js";
import { drawPatient, institutionOf, sliceCountOf, streamOf } from "./patient.js";
import type { RenderedSlice } from "./slice.js";
import { renderSlice } from "./slice.js";

/** Raised whenever the same options give other bytes: part of the fingerprint. */
const PHANTOM_VERSION = 1;

/** Options of {@link phantomLgg}. */
export interface PhantomOptions {
  /** How many patients, 1 to 100 000; default 24. */
  patients?: number;
  /** Any integer; default 1. */
  seed?: number;
  /** Rows and columns of a slice, 32 to 1024; default 128. */
  size?: number;
  /** Slices of every patient, 8 to 1024; left out: by institution, as in the real set (20 to 38). */
  slices?: number;
}

interface Member {
  patient: Patient;
  index: number;
}

/**
 * A synthetic stand-in for the LGG brain MRI set: axial head slices on three sequences with lesions to segment.
 *
 * Heads are three-dimensional (scalp, skull, orbits, folded cortex, ventricles, cerebellum, one infiltrating lesion each) and
 * cut into slices on demand, by four institutions with scanners of their own: gain, contrast, receiver bias, ghosts, Rician
 * noise. Per slice, channels are pre-contrast T1, FLAIR and post-contrast T1; one patient in eight has no post-contrast
 * sequence and FLAIR in its place. About 35 % of the slices show lesion, on 2 to 3 % of their pixels, and a threshold does as
 * badly as on the real set. The mask is where the infiltration is at least half.
 *
 * The same options give the same bytes, and a patient is the same whatever `patients` is. Making a slice of 128 × 128 takes
 * a few milliseconds; nothing is kept but the patient last asked for.
 * @returns a dataset named "phantom", patients named `PHANTOM_<institution>_<number>`, clinical record null
 * @throws RangeArgumentError for an option out of range, ArgumentError for an unknown one; `slice` and `volume` reject with
 * an ArgumentError for an unknown patient, `slice` with a RangeArgumentError for an index out of range
 * @example
 * ```ts
 * const dataset = phantomLgg({ patients: 12, seed: 7, size: 96 });
 * const { image, mask } = await dataset.volume(dataset.patients[0].id); // (slices, 96, 96, 3) and (slices, 96, 96)
 * ```
 */
export function phantomLgg(options: PhantomOptions = {}): SegmentationDataset {
  const {
    patients: count = 24,
    seed = 1,
    size = 128,
    slices,
  } = expectOptions("phantomLgg", options, ["patients", "seed", "size", "slices"]);
  expectNumber("phantomLgg", "patients", count, { integer: true, min: 1, max: 100_000 });
  expectNumber("phantomLgg", "seed", seed, { integer: true });
  expectNumber("phantomLgg", "size", size, { integer: true, min: 32, max: 1024 });
  if (slices !== undefined) expectNumber("phantomLgg", "slices", slices, { integer: true, min: 8, max: 1024 });

  const members = new Map<string, Member>();
  for (let index = 0; index < count; index++) {
    const institution = institutionOf(seed, index).name;
    const id = `PHANTOM_${institution}_${String(index + 1).padStart(3, "0")}`;
    const sliceCount = slices ?? sliceCountOf(seed, index);
    members.set(id, { patient: { id, institution, sliceCount, clinical: null }, index });
  }
  const patients = [...members.values()].map(({ patient }) => patient);
  patients.sort((a, b) => (a.id < b.id ? -1 : 1));
  const render = createRenderer(seed, size);

  const find = (method: string, id: string): Member => {
    const member = members.get(id);
    if (member !== undefined) return member;
    const expected = `be the id of one of the ${count} patients`;
    throw new ArgumentError({ functionName: `phantomLgg.${method}`, argument: "patientId", expected, received: id });
  };

  return {
    name: "phantom",
    channels: ["pre-contrast", "FLAIR", "post-contrast"],
    patients,
    skipped: [],

    async fingerprint(): Promise<string> {
      return `phantom-${PHANTOM_VERSION}-patients-${count}-seed-${seed}-size-${size}-slices-${slices ?? "varied"}`;
    },

    async slice(patientId: string, index: number): Promise<Slice> {
      const member = find("slice", patientId);
      const last = member.patient.sliceCount - 1;
      expectNumber("phantomLgg.slice", "index", index, { integer: true, min: 0, max: last });
      const { image, mask } = render(member, index);
      return { image: ndarray(image, [size, size, 3]), mask: ndarray(mask, [size, size]) };
    },

    async volume(patientId: string, options: Cancellable = {}): Promise<Volume> {
      const { signal } = expectOptions("phantomLgg.volume", options, ["signal"]);
      const member = find("volume", patientId);
      const { sliceCount } = member.patient;
      const image = new Uint8Array(sliceCount * size * size * 3);
      const mask = new Uint8Array(sliceCount * size * size);
      let started = performance.now();
      for (let index = 0; index < sliceCount; index++) {
        throwIfAborted(signal);
        const slice = render(member, index);
        image.set(slice.image, index * slice.image.length);
        mask.set(slice.mask, index * slice.mask.length);
        if (performance.now() - started > 30) {
          // Gives way to other work, above all to whoever aborts.
          await new Promise((resolve) => setTimeout(resolve, 0));
          started = performance.now();
        }
      }
      return {
        image: ndarray(image, [sliceCount, size, size, 3]),
        mask: ndarray(mask, [sliceCount, size, size]),
      };
    },
  };
}

/** Renders slices, keeping the last patient's form and noise field for the next slice. */
function createRenderer(seed: number, size: number): (member: Member, index: number) => RenderedSlice {
  let current: { index: number; form: PhantomPatient; noise: SmoothNoise } | undefined;
  return ({ patient, index }, slice) => {
    const stream = streamOf(seed, index);
    if (current?.index !== index) {
      current = { index, form: drawPatient(seed, index), noise: new SmoothNoise(stream.fork("field")) };
    }
    const height = (2 * slice + 1) / patient.sliceCount - 1;
    return renderSlice(current.form, current.noise, size, height, stream.fork("slice").fork(slice));
  };
}
