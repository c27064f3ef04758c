import type { GridSystem } from "./GridSystem.js";
import { emptySystem } from "./GridSystem.js";

/** A grid system, and the part of its diagonal that is coupled to no other unknown. */
export interface GroundedSystem {
  system: GridSystem;
  ground: Float64Array;
}

/**
 * The system of blocks of two pixels along each axis, every block one unknown: the weights between two blocks add up, those inside
 * one fall away. It is a grid system again (Grady 2008, `grady2008`, keeps the lattice for the same reason, with other interpolation).
 */
export function coarsen({ system, ground }: GroundedSystem): GroundedSystem {
  const [planes, rows, columns] = system.shape;
  const coarse = emptySystem([Math.ceil(planes / 2), Math.ceil(rows / 2), Math.ceil(columns / 2)]);
  const coarseGround = new Float64Array(coarse.diagonal.length);
  const byAxis = new Map(coarse.couplings.map((coupling) => [coupling.axis, coupling]));
  for (let p = 0; p < planes; p++) {
    for (let r = 0; r < rows; r++) {
      const fine = system.margin + (p * rows + r) * columns;
      const target = coarseRow(coarse, p, r);
      for (let c = 0; c < columns; c++) coarseGround[target + (c >> 1)]! += ground[fine + c]!;
      for (const { axis, weight } of system.couplings) {
        const to = byAxis.get(axis);
        // Only the step from an odd index leads into the next block.
        if (to === undefined || (axis === 0 && p % 2 === 0) || (axis === 1 && r % 2 === 0)) continue;
        const first = axis === 2 ? 1 : 0;
        for (let c = first; c < columns; c += first + 1) to.weight[target + (c >> 1)]! += weight[fine + c]!;
      }
    }
  }
  setDiagonal(coarse, coarseGround);
  return { system: coarse, ground: coarseGround };
}

/** Where the row of blocks that a row lies in begins. */
export function coarseRow({ margin, shape: [, rows, columns] }: GridSystem, plane: number, row: number): number {
  return margin + ((plane >> 1) * rows + (row >> 1)) * columns;
}

/** The diagonal as a sum, not as a difference: it stays exact where weights are tiny. */
function setDiagonal({ count, margin, diagonal, couplings }: GridSystem, ground: Float64Array): void {
  for (let i = margin; i < margin + count; i++) {
    let sum = ground[i]!;
    for (const { step, weight } of couplings) sum += weight[i]! + weight[i - step]!;
    diagonal[i] = sum;
  }
}
