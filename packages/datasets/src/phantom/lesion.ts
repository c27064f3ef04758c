import type { SmoothNoise } from "./noise.js";
import type { Sample } from "./tissue.js";
import { cover, inside, ramp, Tissue } from "./tissue.js";

/** One infiltrating lesion: a blob bent by noise, with a soft edge. Lengths are in half head lengths. */
export interface LesionForm {
  center: readonly [number, number, number];
  /** Half axes of the unbent blob. */
  radii: readonly [number, number, number];
  /** Turn of the half axes in the axial plane, in radians. */
  turn: number;
  /** How strongly noise bends the boundary. */
  irregularity: number;
  /** How far the edge is drawn out: the infiltration falls from 0.88 to 0.12 over this length to either side. */
  softness: number;
  /** How much less the cortex is infiltrated than the white matter, which draws the edge into fingers. */
  fingers: number;
  /** Level above which the core is a cyst; above 1 there is none. */
  cyst: number;
  /** How strongly the wall of the core takes up contrast agent, 0 to 1. */
  enhancement: number;
  /** How far surrounding structures are pushed away. */
  massEffect: number;
}

/** A lesion at its place in one head. */
export class Lesion {
  readonly #form: LesionForm;
  readonly #noise: SmoothNoise;
  readonly #cos: number;
  readonly #sin: number;
  /** Half axis that turns levels into lengths. */
  readonly #scale: number;
  /** Noise at the centre: taken off, so that no lesion vanishes. */
  readonly #atCenter: number;

  constructor(form: LesionForm, noise: SmoothNoise) {
    this.#form = form;
    this.#noise = noise;
    this.#cos = Math.cos(form.turn);
    this.#sin = Math.sin(form.turn);
    this.#scale = Math.min(form.radii[0], form.radii[1]);
    this.#atCenter = this.#bend(...form.center);
  }

  /** Where the point would lie if the lesion had not pushed it there; the skull stays. */
  undoMassEffect(x: number, y: number, z: number, point: Float64Array): void {
    const { center, massEffect, radii } = this.#form;
    const dx = x - center[0];
    const dy = y - center[1];
    const dz = z - center[2];
    const reach = 1.5 * Math.max(radii[0], radii[1]);
    const squared = (dx * dx + dy * dy + dz * dz) / (reach * reach);
    const push = squared > 6 ? 0 : (massEffect * 1.65 * Math.exp(-0.5 * squared)) / reach;
    point[0] = x - push * dx;
    point[1] = y - push * dy;
    point[2] = z - push * dz;
  }

  /**
   * Infiltrates the sample.
   * @returns true where the infiltration is at least half: the reference mask
   */
  cover(edge: number, x: number, y: number, z: number, sample: Sample): boolean {
    const { softness, cyst, enhancement } = this.#form;
    const level = this.#level(x, y, z, sample.cortexDistance);
    const width = softness + edge;
    if (level < -2.5 * width) return false;
    const noise = this.#noise;
    const tissue = inside(sample.brainDepth, edge) * (1 - inside(sample.ventricleDepth, edge));
    const infiltration = tissue / (1 + Math.exp((-2 * level) / width));
    // Uneven inside: strands of tissue that is hardly infiltrated.
    const strands = noise.at(8 * x + 2.6, 8 * y + 9.4, 8 * z + 0.2);
    cover(sample, Tissue.lesion, infiltration * (1 - 0.3 * ramp(strands, 0.4, 2)));
    const core = level - cyst * this.#scale + 0.03 * strands;
    if (cyst < 1) cover(sample, Tissue.cyst, infiltration * inside(core, edge + 0.012));
    if (enhancement > 0) {
      // Only part of the wall takes up contrast agent.
      const part = ramp(noise.at(3 * x + 8.9, 3 * y + 0.5, 3 * z + 6.9), -0.3, 0.9);
      const wall = 0.03 - Math.abs(core + 0.01);
      cover(sample, Tissue.rim, infiltration * enhancement * part * inside(wall, 0.02));
    }
    return level >= 0 && tissue >= 0.5;
  }

  /** About the depth below the lesion's boundary, negative outside; -1 far away. */
  #level(x: number, y: number, z: number, cortexDistance: number): number {
    const { center, radii, irregularity, fingers } = this.#form;
    const dx = x - center[0];
    const dy = y - center[1];
    const u = (this.#cos * dx + this.#sin * dy) / radii[0];
    const v = (this.#cos * dy - this.#sin * dx) / radii[1];
    const w = (z - center[2]) / radii[2];
    const squared = u * u + v * v + w * w;
    if (squared > 4) return -1;
    let level = 1 - Math.sqrt(squared) + irregularity * (this.#bend(x, y, z) - this.#atCenter);
    // The other hemisphere is reached through the corpus callosum only: the midline holds the lesion back.
    const beyond = -x * Math.sign(center[0]);
    if (beyond > -0.03) level -= 3 * (beyond + 0.03);
    level -= fingers * Math.max(0, 1 - cortexDistance / 0.07);
    return level * this.#scale;
  }

  #bend(x: number, y: number, z: number): number {
    const coarse = this.#noise.at(4 * x + 0.7, 4 * y + 4.1, 4 * z + 9.3);
    return coarse + 0.5 * this.#noise.at(11 * x + 6.4, 11 * y + 1.8, 9 * z + 3.2);
  }
}
