/** min over 0 ≤ u ≤ 1 of Σ w·g|∇u| + Σ r·u, in the making. Forward differences, none across the border. */
export interface SplitBregman {
  shape: readonly number[];
  /** Elements from one to the next along each axis. */
  steps: readonly number[];
  spacing: readonly number[];
  u: Float64Array;
  /** b, the Bregman variable of each axis. */
  bregman: Float64Array[];
  /** d − b of each axis, d standing for ∇u: what the differences of u are drawn to. */
  target: Float64Array[];
}

/** Weights of one sweep. */
export interface SplitBregmanWeights {
  /** w, of the length. */
  length: number;
  /** g of each pixel; 1 everywhere if left out. */
  edges: Float64Array | undefined;
  /** r. */
  force: Float64Array;
}

/** Penalty of d ≠ ∇u for one unit of length: Goldstein's ½ for pixels of size 1. */
const penalty = 0.5;

/**
 * One Gauss–Seidel sweep of u, then d by shrinkage and b by what is left of ∇u.
 * @returns the largest change of u, or what d still differs from ∇u in the unit of u, if that is more: u may rest while b grows
 */
export function splitBregmanSweep(problem: SplitBregman, { length, edges, force }: SplitBregmanWeights): number {
  const { shape, steps, spacing, u, bregman, target } = problem;
  const rank = shape.length;
  const stiffness = penalty * Math.min(...spacing);
  const pull = 1 / (length * stiffness);
  const at = new Int32Array(rank);
  let largest = 0;
  for (let i = 0; i < u.length; i++) {
    let sum = -pull * force[i]!;
    let weight = 0;
    for (let k = 0; k < rank; k++) {
      const step = steps[k]!;
      const inverse = 1 / spacing[k]!;
      const w = inverse * inverse;
      if (at[k]! > 0) {
        sum += w * u[i - step]! + inverse * target[k]![i - step]!;
        weight += w;
      }
      if (at[k]! < shape[k]! - 1) {
        sum += w * u[i + step]! - inverse * target[k]![i]!;
        weight += w;
      }
    }
    // A pixel without neighbours goes where the force takes it.
    const value = weight === 0 ? Number(sum > 0) : Math.min(Math.max(sum / weight, 0), 1);
    largest = Math.max(largest, Math.abs(value - u[i]!));
    u[i] = value;
    advance(at, shape);
  }
  at.fill(0);
  const z = new Float64Array(rank);
  for (let i = 0; i < u.length; i++) {
    let squares = 0;
    for (let k = 0; k < rank; k++) {
      const inside = at[k]! < shape[k]! - 1;
      z[k] = inside ? (u[i + steps[k]!]! - u[i]!) / spacing[k]! + bregman[k]![i]! : 0;
      squares += z[k]! * z[k]!;
    }
    const radius = (edges === undefined ? 1 : edges[i]!) / stiffness;
    const size = Math.sqrt(squares);
    // b is z brought into the ball of that radius, d = z − b.
    const part = size > radius ? radius / size : 1;
    for (let k = 0; k < rank; k++) {
      const b = part * z[k]!;
      largest = Math.max(largest, Math.abs(b - bregman[k]![i]!) * spacing[k]!);
      bregman[k]![i] = b;
      target[k]![i] = z[k]! - 2 * b;
    }
    advance(at, shape);
  }
  return largest;
}

/** Σ g|∇u|. */
export function totalVariation({ shape, steps, spacing, u }: SplitBregman, edges: Float64Array | undefined): number {
  const at = new Int32Array(shape.length);
  let sum = 0;
  for (let i = 0; i < u.length; i++) {
    let squares = 0;
    for (let k = 0; k < shape.length; k++) {
      if (at[k]! < shape[k]! - 1) squares += ((u[i + steps[k]!]! - u[i]!) / spacing[k]!) ** 2;
    }
    sum += (edges === undefined ? 1 : edges[i]!) * Math.sqrt(squares);
    advance(at, shape);
  }
  return sum;
}

/** The coordinates of the next element in C order. */
function advance(at: Int32Array, shape: readonly number[]): void {
  for (let k = shape.length - 1; k >= 0; k--) {
    at[k]!++;
    if (at[k]! < shape[k]!) return;
    at[k] = 0;
  }
}
