import type { Random } from "@ddl/core";

const LENGTH = 16;
const MASK = LENGTH - 1;
/** Quadratic B-splines of white noise have the variance 0.55 along an axis: this brings three axes back to 1. */
const TO_UNIT_VARIANCE = 1 / Math.sqrt(0.55 ** 3);

/**
 * Smooth random field in three dimensions: white noise on a lattice of 16³ nodes, interpolated by quadratic B-splines.
 *
 * Mean 0, variance 1, one node a unit of length, continuous first derivatives, periodic after 16 units. One lattice serves
 * many fields: they sample it at other frequencies and offsets.
 */
export class SmoothNoise {
  readonly #nodes = new Float32Array(LENGTH ** 3);

  constructor(random: Random) {
    const bound = Math.sqrt(3) * TO_UNIT_VARIANCE;
    for (let i = 0; i < this.#nodes.length; i++) this.#nodes[i] = random.uniform(-bound, bound);
  }

  /** The field at a point. */
  at(x: number, y: number, z: number): number {
    const nodes = this.#nodes;
    const column = Math.floor(x);
    const row = Math.floor(y);
    const plane = Math.floor(z);
    const u = x - column;
    const v = y - row;
    const w = z - plane;
    const u0 = 0.5 * (1 - u) * (1 - u);
    const u2 = 0.5 * u * u;
    const u1 = 1 - u0 - u2;
    const v0 = 0.5 * (1 - v) * (1 - v);
    const v2 = 0.5 * v * v;
    const v1 = 1 - v0 - v2;
    const w0 = 0.5 * (1 - w) * (1 - w);
    const w2 = 0.5 * w * w;
    const w1 = 1 - w0 - w2;
    const c0 = column & MASK;
    const c1 = (column + 1) & MASK;
    const c2 = (column + 2) & MASK;
    const r0 = (row & MASK) * LENGTH;
    const r1 = ((row + 1) & MASK) * LENGTH;
    const r2 = ((row + 2) & MASK) * LENGTH;
    let sum = 0;
    for (let k = 0; k < 3; k++) {
      const base = ((plane + k) & MASK) * LENGTH * LENGTH;
      const a = base + r0;
      const b = base + r1;
      const c = base + r2;
      sum +=
        (k === 0 ? w0 : k === 1 ? w1 : w2) *
        (v0 * (u0 * nodes[a + c0] + u1 * nodes[a + c1] + u2 * nodes[a + c2]) +
          v1 * (u0 * nodes[b + c0] + u1 * nodes[b + c1] + u2 * nodes[b + c2]) +
          v2 * (u0 * nodes[c + c0] + u1 * nodes[c + c1] + u2 * nodes[c + c2]));
    }
    return sum;
  }
}
