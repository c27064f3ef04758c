import { createEikonalUpdate } from "./createEikonalUpdate.js";

/**
 * Solves |∇d| = 1 in place around the frozen pixels: Gauss–Seidel sweeps from every corner in turn, until a round of them changes
 * nothing. Other pixels begin at Infinity and only fall.
 */
export function sweepDistances(
  distances: Float64Array,
  frozen: Uint8Array,
  shape: readonly number[],
  spacing: readonly number[],
): void {
  const update = createEikonalUpdate(shape, spacing);
  const [planes, rows, columns] = shape.length === 3 ? (shape as [number, number, number]) : [1, shape[0]!, shape[1]!];
  const corners = shape.length === 3 ? 8 : 4;
  const tolerance = 1e-12 * Math.min(...spacing);
  for (let largest = Number.POSITIVE_INFINITY; largest > tolerance; ) {
    largest = 0;
    for (let corner = 0; corner < corners; corner++) {
      for (let p = 0; p < planes; p++) {
        const plane = (corner & 4 ? planes - 1 - p : p) * rows;
        for (let y = 0; y < rows; y++) {
          const row = (plane + (corner & 2 ? rows - 1 - y : y)) * columns;
          for (let x = 0; x < columns; x++) {
            const i = row + (corner & 1 ? columns - 1 - x : x);
            if (frozen[i] !== 0) continue;
            const before = distances[i]!;
            const after = update(distances, i);
            if (after === before) continue;
            distances[i] = after;
            largest = Math.max(largest, before - after);
          }
        }
      }
    }
  }
}
