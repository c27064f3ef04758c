import type { SmoothNoise } from "./noise.js";
import type { Sample } from "./tissue.js";
import { cover, ellipsoidDepth, inside, ramp, Tissue } from "./tissue.js";

/**
 * Form of one head. Lengths are in half head lengths (about 95 mm): x to the left, y backwards, z upwards, origin between the
 * ventricles.
 */
export interface HeadForm {
  /** Half width, half length and height above the origin of the head. */
  radii: readonly [number, number, number];
  /** How much wider the head is behind than in front. */
  taper: number;
  /** Thickness of the scalp's fat, of the bone and of the fluid around the brain. */
  scalp: number;
  bone: number;
  fluid: number;
  /** Height by which the floor of the skull is moved. */
  floor: number;
}

/** Depth under the skin, in all directions; the dome is flatter than an ellipsoid. */
function headDepth(form: HeadForm, noise: SmoothNoise, x: number, y: number, z: number): number {
  // The face is narrower than the forehead.
  const taper = form.taper + (z < -0.2 && y < 0 ? 0.22 * ramp(-z, 0.25, 0.8) : 0);
  const u = x / (form.radii[0] * (1 + taper * y));
  const v = y / form.radii[1];
  const w = z > 0 ? z / form.radii[2] : -z / 2.4;
  const plane = u * u + v * v + 1e-9;
  const level = 1 - Math.sqrt(plane + w * w * w);
  if (level < -0.08) return level;
  const depth = level * Math.sqrt((x * x + y * y + 1e-9) / plane);
  // The nose stands out in front of the lowest slices.
  const nose = y < -0.7 && z < -0.2 ? 0.15 * ramp(-z, 0.3, 0.65) * Math.exp(-(x * x) / 0.016) : 0;
  return depth + nose + 0.012 * noise.at(1.7 * x + 3.1, 1.7 * y + 5.3, 1.7 * z + 1.9);
}

/** Height of the floor of the skull: front, middle and rear fossa, and the ridges of the petrous bones between them. */
function floorHeight(form: HeadForm, noise: SmoothNoise, x: number, y: number): number {
  const side = Math.abs(x);
  const bend = 0.04 * noise.at(3 * x + 1.5, 3 * y + 4.8, 2.6);
  const petrous = 0.02 + 0.5 * side + bend;
  const middle = -0.3 - 0.26 * ramp(side, 0.14, 0.32);
  // The temporal poles are round, and the roofs of the orbits bulge upwards.
  const pole = (side - 0.43) / 0.22;
  const wing = -0.2 - 0.2 * Math.exp(-pole * pole) + bend;
  const front = ramp(y, wing + 0.07, wing - 0.07);
  const roof = ((side - 0.3) * (side - 0.3) + (y + 0.62) * (y + 0.62)) / 0.06;
  const rear = ramp(y, petrous - 0.03, petrous + 0.07);
  const floor =
    middle * (1 - front) * (1 - rear) + (0.05 * Math.exp(-roof) - 0.27 + bend) * front * (1 - rear) - 1.2 * rear;
  const across = (y - petrous) / 0.07;
  const ridge = side > 0.1 ? 0.2 * Math.exp(-across * across) * ramp(side, 0.1, 0.25) : 0;
  return form.floor + floor + ridge;
}

/**
 * Lays skin, fat, muscle, skull, face and the fluid around the brain into the sample, and sets the brain's depths.
 * @returns false outside the head
 */
export function coverHead(
  form: HeadForm,
  noise: SmoothNoise,
  edge: number,
  x: number,
  y: number,
  z: number,
  sample: Sample,
): boolean {
  const depth = headDepth(form, noise, x, y, z);
  if (depth < -edge) return false;
  const u = x / form.radii[0];
  const v = y / form.radii[1];
  const sideways = (u * u) / (u * u + v * v + 1e-9);
  const uneven = noise.at(2.1 * x + 9.2, 2.1 * y + 0.4, 1.3 * z + 6.6);
  const scalp = Math.max(0.02, form.scalp * (1 + 0.25 * uneven + 0.25 * Math.max(0, v)));
  // Below the dome the skull is narrower than the head: temporal muscles at the sides, those of the neck behind.
  const low = ramp(z, 0.05, -0.85);
  const muscle = low * (0.26 * sideways + 0.2 * (1 - sideways) * ramp(v, 0, 0.9));
  const bone = form.bone * (1 - 0.25 * uneven);

  cover(sample, Tissue.skin, inside(depth, edge));
  cover(sample, Tissue.fat, inside(depth - 0.012, edge));
  const underFat = depth - 0.012 - scalp;
  if (underFat < edge) {
    const strands = noise.at(8 * x + 5.2, 8 * y + 2.9, 5 * z + 8.3);
    cover(sample, Tissue.muscle, 0.4 * ramp(strands, -0.2, 1.6) * inside(depth - 0.012, edge));
  }
  if (muscle > 0) cover(sample, Tissue.muscle, inside(underFat, edge));
  const underMuscle = underFat - muscle;
  cover(sample, Tissue.bone, inside(underMuscle, edge));
  const diploe = 0.28 * bone - Math.abs(underMuscle - 0.5 * bone);
  cover(sample, Tissue.marrow, 0.55 * inside(diploe, edge));
  const inner = underMuscle - bone;
  if (inner <= -edge) return true;
  const aboveFloor = z > 0.15 ? 1 : z - floorHeight(form, noise, x, y);
  const open = inside(inner, edge);
  if (aboveFloor < edge) {
    coverFace(noise, edge, x, y, z, sample, open);
    cover(sample, Tissue.bone, open * inside(0.045 + aboveFloor, 0.025));
  }
  cover(sample, Tissue.fluid, open * inside(aboveFloor, edge));
  sample.domeDepth = inner - form.fluid;
  sample.brainDepth = Math.min(inner, 0.7 * aboveFloor) - form.fluid;
  return true;
}

/** What lies below the floor of the skull: air cells, muscle and fat, and the two orbits in front. */
function coverFace(
  noise: SmoothNoise,
  edge: number,
  x: number,
  y: number,
  z: number,
  sample: Sample,
  open: number,
): void {
  const side = Math.abs(x);
  const mixture = noise.at(5.5 * x + 2.4, 5.5 * y + 7.7, 4 * z + 0.8);
  cover(sample, Tissue.muscle, open);
  cover(sample, Tissue.fat, open * inside(mixture - 0.35, 0.25));
  cover(sample, Tissue.bone, open * inside(-0.45 - mixture, 0.25));
  const septa = Math.abs(noise.at(7 * x + 4.9, 7 * y + 3.3, 7 * z + 2.2));
  const nasal = Math.min(0.13 - side, -0.42 - y);
  const maxillary = ellipsoidDepth(side, y, z, [0.3, -0.6, -0.72], [0.17, 0.2, 0.16]);
  const mastoid = ellipsoidDepth(side, y, z, [0.62, 0.24, -0.5], [0.14, 0.16, 0.3]);
  const hollow = Math.max(nasal, maxillary, mastoid);
  cover(sample, Tissue.mucosa, open * inside(hollow, edge));
  cover(sample, Tissue.air, open * inside(Math.min(hollow - 0.02, 0.12 * septa - 0.012), edge));

  const orbit = ellipsoidDepth(side, y + 0.8 * (side - 0.3), z, [0.3, -0.6, -0.36], [0.17, 0.3, 0.16]);
  if (orbit < -edge) return;
  cover(sample, Tissue.fat, open * inside(orbit, edge));
  const rectus = 0.02 - Math.abs(Math.abs(side - 0.29 - 0.25 * (y + 0.6)) - 0.1);
  const nerve = 0.022 - Math.abs(side - 0.29 - 0.25 * (y + 0.6));
  const behind = Math.min(y + 0.72, -0.36 - y) + 0.02;
  cover(sample, Tissue.muscle, open * inside(Math.min(rectus, behind, 0.08 - Math.abs(z + 0.36)), edge));
  cover(sample, Tissue.white, open * inside(Math.min(nerve, behind, 0.05 - Math.abs(z + 0.37)), edge));
  const globe = ellipsoidDepth(side, y, z, [0.31, -0.74, -0.36], [0.125, 0.125, 0.125]);
  cover(sample, Tissue.muscle, open * inside(globe, edge));
  cover(sample, Tissue.vitreous, open * inside(globe - 0.018, edge));
}
