import { bandedSolver } from "./bandedSolver.js";
import type { BoundaryCondition } from "./options.js";

/** Whether the ends of a snake are joined, and what holds each. */
export function snakeEnds(condition: BoundaryCondition): { start: string; end: string; periodic: boolean } {
  const [start, end = start] = condition.split("-") as [string, string?];
  return { start, end, periodic: condition === "periodic" };
}

/**
 * Solves (A + γ·I)·x = b in place, where A = −α·(second difference) + β·(fourth difference) along the snake, with scikit-image's
 * rows at fixed and free ends.
 */
export function shapeSolver(
  points: number,
  { alpha, beta, gamma }: { alpha: number; beta: number; gamma: number },
  condition: BoundaryCondition,
): (x: Float64Array) => void {
  const { start, end, periodic } = snakeEnds(condition);
  const line = [beta, -alpha - 4 * beta, 2 * alpha + 6 * beta, -alpha - 4 * beta, beta];
  const rows = Array.from({ length: points }, (_, i) =>
    line.map((value, k): [number, number] => [(i + k - 2 + points) % points, value]),
  );
  const entries = (from: number, values: number[]) => values.map((value, k): [number, number] => [from + k, value]);
  if (!periodic) {
    rows[0] = start === "fixed" ? [] : entries(0, [1, -2, 1]);
    rows[1] = start === "fixed" ? entries(0, [1, -2, 1]) : entries(0, [-1, 3, -3, 1]);
    rows[points - 1] = end === "fixed" ? [] : entries(points - 3, [1, -2, 1]);
    rows[points - 2] = end === "fixed" ? entries(points - 3, [1, -2, 1]) : entries(points - 4, [-1, 3, -3, 1]);
  }
  for (const [i, row] of rows.entries()) row.push([i, gamma]);
  if (!periodic) return bandedSolver(rows, Math.min(2, points - 1));
  // Folded, 0, n − 1, 1, n − 2, …: neighbours on the ring, the joint too, are then at most two places apart, theirs four.
  const order = Array.from({ length: points }, (_, i) => (i % 2 === 0 ? i / 2 : points - (i + 1) / 2));
  const place = new Int32Array(points);
  for (const [k, i] of order.entries()) place[i] = k;
  const folded = order.map((i) => rows[i]!.map(([j, value]): [number, number] => [place[j]!, value]));
  const solve = bandedSolver(folded, Math.min(4, points - 1));
  const scratch = new Float64Array(points);
  return (x) => {
    for (let k = 0; k < points; k++) scratch[k] = x[order[k]!]!;
    solve(scratch);
    for (let k = 0; k < points; k++) x[order[k]!] = scratch[k]!;
  };
}
