import type { SmoothNoise } from "./noise.js";
import type { Sample } from "./tissue.js";
import { ramp, segmentDistance } from "./tissue.js";

/** Form of the folds of one brain, in half head lengths. */
export interface FoldForm {
  /** Folds a unit of angle: how fine the gyri are. */
  frequency: number;
  /** Mean depth of the sulci. */
  depth: number;
  /** Half width of the sulci: wide in an atrophic brain. */
  width: number;
  /** Thickness of the grey ribbon. */
  ribbon: number;
}

/**
 * Sets the sample's distance to the cortex and its depth in folds: sulci, to the fissure between the hemispheres and to the lateral fissures.
 *
 * The sulci are the zeros of a random field on the sphere of directions, so that they run from the surface inwards and go
 * on from slice to slice, each down to a depth of its own.
 */
export function measureFolds(
  form: FoldForm,
  noise: SmoothNoise,
  x: number,
  y: number,
  z: number,
  sample: Sample,
): void {
  const { brainDepth, domeDepth } = sample;
  const side = Math.abs(x);
  const sulcus = domeDepth < form.depth * 3.6 ? sulcusDistance(form, noise, x, y, z, domeDepth) : 1;

  // The falx parts the hemispheres except at the corpus callosum and below it.
  const v = (y - 0.02) / 0.5;
  const w = (z + 0.08) / 0.36;
  const bridge = 1 - Math.sqrt(v * v + w * w);
  const wiggle = side < 0.2 ? 0.009 * noise.at(1.1, 5 * y + 2.2, 3 * z + 7.4) : 0;
  const falx = z < -0.2 && y > 0.1 ? 1 : Math.abs(x - wiggle) + 0.5 * Math.max(0, bridge);
  const lateral = side > 0.28 && Math.abs(z + 0.04) < 0.4 ? lateralDistance(noise, x, y, z) : 1;
  sample.cortexDistance = Math.min(brainDepth, sulcus, falx, lateral);
  sample.foldDepth = Math.max(form.width - sulcus, 0.6 * form.width + 0.007 - falx, form.width - lateral);
}

/** Distance to the lateral fissure: from the side inwards, then forking along the insula. */
function lateralDistance(noise: SmoothNoise, x: number, y: number, z: number): number {
  const lift = Math.max(0, Math.abs(z + 0.04) - 0.16);
  const wave = 0.022 * noise.at(6 * x + 9.7, 6 * y + 0.2, 5 * z + 4.5);
  const bend = 0.04 * noise.at(x > 0 ? 0.3 : 6.3, 2.5 * y, 2.5 * z + 3.8);
  const side = Math.abs(x) + wave;
  const row = y + bend;
  return (
    0.5 * lift +
    Math.min(
      segmentDistance(side, row, 0.8, -0.24, 0.47, -0.17),
      segmentDistance(side, row, 0.47, -0.17, 0.41, -0.02),
      segmentDistance(side, row, 0.41, -0.02, 0.44, 0.13),
      segmentDistance(side, row, 0.47, -0.17, 0.42, -0.27),
    )
  );
}

function sulcusDistance(
  form: FoldForm,
  noise: SmoothNoise,
  x: number,
  y: number,
  z: number,
  domeDepth: number,
): number {
  const u = x / 0.75;
  const v = y / 0.9;
  const w = (z + 0.15) / 0.9;
  const radius = Math.sqrt(u * u + v * v + w * w) + 1e-6;
  // Partly the position itself: the sulci bend on their way in.
  const k = form.frequency * (0.7 / radius + 0.33);
  const field = noise.at(u * k + 5.1, v * k + 2.3, w * k + 8.8);
  const reach =
    form.depth * (1 + 0.8 * ramp(z, 0.15, 0.45)) * (1 + 0.5 * noise.at(3.4 * x + 7.1, 3.4 * y + 1.3, 3.4 * z + 0.7));
  const spacing = 0.62 / form.frequency;
  return Math.abs(field) * spacing + 0.8 * Math.max(0, domeDepth - reach);
}
