import type { GridSystem } from "./GridSystem.js";
import { multiply, multiplyRange } from "./GridSystem.js";

/** An approximate inverse of the system. */
export interface Preconditioner {
  /** z ← M⁻¹ r. @returns r·z */
  apply: (r: Float64Array, z: Float64Array) => number;
  /** M is another one each time: the next direction is made conjugate to the last one by their product, not by a formula. */
  flexible: boolean;
}

/** Working arrays of {@link conjugateGradients}, made once for all labels. */
export interface Workspace {
  x: Float64Array;
  r: Float64Array;
  z: Float64Array;
  p: Float64Array;
  q: Float64Array;
}

/** How a solution came about. */
export interface Solved {
  iterations: number;
  converged: boolean;
}

/** What an iteration reports; it may throw. */
export type Report = (iteration: number, residual: number) => void;

const block = 4096;

/**
 * Preconditioned conjugate gradients from x = 0, as scipy 1.10 runs them: until ‖r‖ ≤ tolerance·‖b‖, where a residual that falls
 * below that after the first iteration is computed anew from x, must pass as well, and is what the iteration goes on from if not.
 *
 * @param b the right side; x of the workspace is the solution
 */
export function conjugateGradients(
  system: GridSystem,
  precondition: Preconditioner,
  b: Float64Array,
  { x, r, z, p, q }: Workspace,
  tolerance: number,
  maxIterations: number,
  report: Report,
): Solved {
  const { count, margin } = system;
  const end = margin + count;
  x.fill(0);
  p.fill(0);
  r.set(b);
  let norm = 0;
  for (let i = margin; i < end; i++) norm += b[i]! * b[i]!;
  const target = tolerance * Math.sqrt(norm);
  if (Math.sqrt(norm) <= target) return { iterations: 0, converged: true };
  let before = 0;
  let alpha = 0;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const rho = precondition.apply(r, z);
    let beta = 0;
    if (iteration > 1) beta = (precondition.flexible ? -alpha * dot(system, z, q) : rho) / before;
    alpha = rho / turn(system, z, p, q, beta);
    let square = 0;
    for (let i = margin; i < end; i++) {
      x[i]! += alpha * p[i]!;
      const rest = r[i]! - alpha * q[i]!;
      r[i] = rest;
      square += rest * rest;
    }
    before = rho;
    report(iteration, Math.sqrt(square / norm));
    if (Math.sqrt(square) > target) continue;
    if (iteration === 1) return { iterations: 1, converged: true };
    multiply(system, x, q);
    square = 0;
    for (let i = margin; i < end; i++) {
      const rest = b[i]! - q[i]!;
      r[i] = rest;
      square += rest * rest;
    }
    if (Math.sqrt(square) <= target) return { iterations: iteration, converged: true };
  }
  return { iterations: maxIterations, converged: false };
}

/** The product of two vectors. */
export function dot({ count, margin }: GridSystem, a: Float64Array, b: Float64Array): number {
  let product = 0;
  for (let i = margin; i < margin + count; i++) product += a[i]! * b[i]!;
  return product;
}

/** p ← z + βp and q ← A p. @returns p·q. The product follows behind the sum, while p is in the cache. */
function turn(system: GridSystem, z: Float64Array, p: Float64Array, q: Float64Array, beta: number): number {
  const { count, margin } = system;
  const end = margin + count;
  let product = 0;
  let done = margin;
  for (let from = margin; from < end; from += block) {
    const to = Math.min(from + block, end);
    for (let i = from; i < to; i++) p[i] = z[i]! + beta * p[i]!;
    const ready = to === end ? end : to - margin;
    if (ready > done) {
      product += multiplyRange(system, p, q, done, ready);
      done = ready;
    }
  }
  return product;
}
