/** Tissues of the phantom: positions in a composition and columns of the contrast table. */
export const Tissue = {
  air: 0,
  skin: 1,
  fat: 2,
  muscle: 3,
  bone: 4,
  marrow: 5,
  mucosa: 6,
  vitreous: 7,
  fluid: 8,
  flowingFluid: 9,
  grey: 10,
  white: 11,
  deepGrey: 12,
  gliosis: 13,
  vessel: 14,
  lesion: 15,
  cyst: 16,
  rim: 17,
} as const;

/** How many tissues there are. */
export const TISSUES = 18;

/** What one point of the head is made of; filled by the anatomy, changed by the lesion, read by the contrast. */
export interface Sample {
  /** Fraction of each tissue, summing to 1. */
  readonly fractions: Float64Array;
  /** Distance below the surface of the brain, negative outside it. */
  brainDepth: number;
  /** The same below the dome of the skull alone, without its floor. */
  domeDepth: number;
  /** Distance to the nearest surface of the cortex: outer surface, sulcus or fissure. */
  cortexDistance: number;
  /** How deep inside the fluid of a fold, negative outside. */
  foldDepth: number;
  /** Distance inside the ventricles, negative outside them. */
  ventricleDepth: number;
}

/** A sample of air. */
export function createSample(): Sample {
  const sample: Sample = {
    fractions: new Float64Array(TISSUES),
    brainDepth: 0,
    domeDepth: 0,
    cortexDistance: 0,
    foldDepth: 0,
    ventricleDepth: 0,
  };
  clearSample(sample);
  return sample;
}

/** Makes the sample air, far from any brain. */
export function clearSample(sample: Sample): void {
  sample.fractions.fill(0);
  sample.fractions[Tissue.air] = 1;
  sample.brainDepth = -1;
  sample.domeDepth = -1;
  sample.cortexDistance = 1;
  sample.foldDepth = -1;
  sample.ventricleDepth = -1;
}

/** Replaces the given fraction of whatever is there by one tissue. */
export function cover(sample: Sample, tissue: number, fraction: number): void {
  if (fraction <= 0) return;
  const { fractions } = sample;
  const kept = 1 - fraction;
  for (let k = 0; k < TISSUES; k++) fractions[k] *= kept;
  fractions[tissue] += fraction;
}

/** Smooth step from 0 to 1 over [-halfWidth, halfWidth]; 0.5 at 0: how much of a pixel lies inside an edge. */
export function inside(distance: number, halfWidth: number): number {
  if (distance >= halfWidth) return 1;
  if (distance <= -halfWidth) return 0;
  const t = 0.5 + (0.5 * distance) / halfWidth;
  return t * t * (3 - 2 * t);
}

/** Smooth step from 0 at `from` to 1 at `to`, of either order. */
export function ramp(value: number, from: number, to: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

/** Distance from the surface of an ellipsoid, positive inside, near enough where the radii are alike. */
export function ellipsoidDepth(
  x: number,
  y: number,
  z: number,
  center: readonly [number, number, number],
  radii: readonly [number, number, number],
): number {
  const u = (x - center[0]) / radii[0];
  const v = (y - center[1]) / radii[1];
  const w = (z - center[2]) / radii[2];
  return (1 - Math.sqrt(u * u + v * v + w * w)) * Math.min(radii[0], radii[1], radii[2]);
}

/** Distance of a point from the segment between two points of a plane. */
export function segmentDistance(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  const ex = x - ax - t * dx;
  const ey = y - ay - t * dy;
  return Math.sqrt(ex * ex + ey * ey);
}
