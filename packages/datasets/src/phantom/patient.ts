import { Random } from "@ddl/core";
import type { Acquisition } from "./acquisition.js";
import type { BrainForm } from "./brain.js";
import type { ContrastForm } from "./contrast.js";
import type { HeadForm } from "./head.js";
import type { Institution } from "./institutions.js";
import { INSTITUTIONS } from "./institutions.js";
import type { LesionForm } from "./lesion.js";

/** Position of the slices in the head. */
export interface Placement {
  /** Half head length in half fields of view. */
  scale: number;
  /** Middle of the head in the image, in half fields of view: columns, rows. */
  shift: readonly [number, number];
  /** Turns about the long axis of the body, the axis through the ears and the axis from nose to nape, in radians. */
  turns: readonly [number, number, number];
  /** Heights of the lowest and highest slice, in half head lengths. */
  range: readonly [number, number];
}

/** Everything that makes one patient; plain numbers. */
export interface PhantomPatient {
  head: HeadForm;
  brain: BrainForm;
  lesion: LesionForm;
  contrast: ContrastForm;
  acquisition: Acquisition;
  placement: Placement;
}

/** Dimensions in which the patients of one seed are spread evenly. */
const SPREAD = ["institution", "extent", "area", "contrast", "missing", "lobe"] as const;
/** Positive root of x⁷ = x + 1: its negative powers make an even sequence in six dimensions. */
const SPREAD_ROOT = 1.1127756842787055;

/**
 * A number in [0, 1), spread evenly over the patients of one seed (an additive recurrence), so that a few patients already
 * have the averages of many; the first patients are the same however many there are.
 */
function spread(seed: number, patient: number, dimension: (typeof SPREAD)[number]): number {
  const start = Random.fromSeed(seed).fork("spread").fork(dimension).uniform();
  const value = start + (patient + 1) / SPREAD_ROOT ** (SPREAD.indexOf(dimension) + 1);
  return value - Math.floor(value);
}

/** The institution of a patient. */
export function institutionOf(seed: number, patient: number): Institution {
  let left = spread(seed, patient, "institution");
  for (const institution of INSTITUTIONS) {
    left -= institution.share;
    if (left < 0) return institution;
  }
  return INSTITUTIONS[INSTITUTIONS.length - 1];
}

/** How many slices a patient has where the caller leaves it open. */
export function sliceCountOf(seed: number, patient: number): number {
  const [fewest, most] = institutionOf(seed, patient).slices;
  return (
    fewest +
    streamOf(seed, patient)
      .fork("slices")
      .integer(most - fewest + 1)
  );
}

/** The stream that everything random about a patient is forked from. */
export function streamOf(seed: number, patient: number): Random {
  return Random.fromSeed(seed).fork("patient").fork(patient);
}

/** Draws a patient. */
export function drawPatient(seed: number, patient: number): PhantomPatient {
  const institution = institutionOf(seed, patient);
  const stream = streamOf(seed, patient);
  const head = drawHead(stream.fork("head"));
  const placement = drawPlacement(stream.fork("placement"), institution, head);
  return {
    head,
    brain: drawBrain(stream.fork("brain")),
    lesion: drawLesion(stream.fork("lesion"), seed, patient, placement),
    contrast: drawContrast(stream.fork("contrast"), institution, spread(seed, patient, "contrast")),
    acquisition: drawAcquisition(stream.fork("acquisition"), institution, spread(seed, patient, "missing") < 1 / 8),
    placement,
  };
}

function drawHead(random: Random): HeadForm {
  return {
    radii: [random.uniform(0.76, 0.86), 1, random.uniform(0.88, 0.98)],
    taper: random.uniform(0.04, 0.14),
    scalp: random.uniform(0.025, 0.05),
    bone: random.uniform(0.038, 0.06),
    fluid: random.uniform(0.008, 0.028),
    floor: random.uniform(-0.04, 0.05),
  };
}

function drawPlacement(random: Random, institution: Institution, head: HeadForm): Placement {
  return {
    scale: random.uniform(...institution.scale),
    shift: [random.normal(0, 0.025), random.normal(0, 0.03)],
    turns: [random.normal(0, 0.09), random.normal(0.02, 0.07), random.normal(0, 0.04)],
    range: [random.uniform(-0.78, -0.62), head.radii[2] * random.uniform(0.9, 1.02)],
  };
}

function drawBrain(random: Random): BrainForm {
  const age = random.uniform();
  return {
    folds: {
      frequency: random.uniform(10, 12.5),
      depth: random.uniform(0.09, 0.15),
      width: 0.006 + 0.012 * age,
      ribbon: random.uniform(0.036, 0.05),
    },
    ventricles: (0.75 + 0.7 * age) * random.uniform(0.85, 1.15),
    caps: random.boolean(0.7) ? random.uniform(0.2, 1) : 0,
    spots: random.boolean(0.3) ? random.uniform(0.2, 1) : 0,
    flow: random.uniform(0, 0.8),
    asymmetry: random.uniform(0.008, 0.022),
  };
}

/** Centres of lesions on the right, by lobe, and how often each is taken. */
const LOBES: readonly { share: number; center: readonly [number, number, number] }[] = [
  { share: 0.4, center: [0.33, -0.42, 0.24] },
  { share: 0.24, center: [0.46, 0, -0.16] },
  { share: 0.24, center: [0.36, 0.3, 0.32] },
  { share: 0.12, center: [0.38, -0.1, 0.04] },
];

function drawLesion(random: Random, seed: number, patient: number, placement: Placement): LesionForm {
  let left = spread(seed, patient, "lobe");
  const lobe = LOBES.find(({ share }) => {
    left -= share;
    return left < 0;
  });
  const [cx, cy, cz] = (lobe ?? LOBES[0]).center;
  const [low, high] = placement.range;
  const extent = spread(seed, patient, "extent");
  const halfHeight = 0.5 * (0.13 + 0.3 * extent) * (high - low);
  const size = 0.55 * extent + 0.45 * spread(seed, patient, "area");
  // The largest cross section as a share of the image, spread evenly on a logarithmic scale.
  const area = 0.0108 * Math.exp(2.75 * size);
  const mean = Math.sqrt((4 * area) / Math.PI) / placement.scale;
  const longer = random.uniform(1, 1.45);
  const cystic = random.boolean(0.28);
  return {
    center: [
      (random.boolean() ? 1 : -1) * (cx + random.uniform(-0.06, 0.06)),
      cy + random.uniform(-0.14, 0.14),
      Math.min(high - 0.12 - halfHeight, Math.max(-0.45 + halfHeight, cz + random.uniform(-0.14, 0.14))),
    ],
    radii: [mean / Math.sqrt(longer), mean * Math.sqrt(longer), halfHeight],
    turn: random.uniform(-0.6, 0.6),
    irregularity: random.uniform(0.16, 0.34),
    softness: random.uniform(0.004, 0.03),
    fingers: random.uniform(0, 0.5),
    cyst: cystic ? random.uniform(0.42, 0.72) : 2,
    enhancement: random.boolean(0.35) ? random.uniform(0.3, 1) : 0,
    massEffect: random.uniform(0, 0.35) * mean,
  };
}

function drawContrast(random: Random, institution: Institution, strength: number): ContrastForm {
  return {
    fat: random.uniform(...institution.fat),
    greyWhite: random.uniform(...institution.greyWhite),
    lesion: 1 + institution.lesion * (0.24 + 0.9 * strength),
    cyst: random.uniform(0.35, 1),
    lesionT1: random.uniform(0.55, 0.9),
  };
}

function drawAcquisition(random: Random, institution: Institution, postMissing: boolean): Acquisition {
  const { gains, noise, bias, ghost } = institution;
  return {
    gains: [random.uniform(...gains[0]), random.uniform(...gains[1]), random.uniform(...gains[2])],
    noise: [random.uniform(...noise), random.uniform(...noise), random.uniform(...noise)],
    bias: [
      random.uniform(-bias, bias),
      random.uniform(-bias, bias),
      random.uniform(-bias, bias),
      random.uniform(0, 1.2 * bias),
    ],
    ghost: random.uniform(0, ghost),
    postMissing,
  };
}
