/** min over 0 ≤ u ≤ 1 of Σ w·g|∇u| + Σ r·u, in the making. Forward differences, none across the border. */
export interface SplitBregman {
  shape: readonly number[];
  /** Elements from one to the next along each axis. */
  steps: readonly number[];
  spacing: readonly number[];
  u: Float64Array;
  /**
   * z of each axis, which is ∇u plus the Bregman variable b before a step, and d + b after it: b is z brought into a ball whose radius is
   * the pixel's weight, d, which stands for ∇u, the rest.
   */
  split: Float64Array[];
}

/** Weights of one sweep; r = λ₁(f − c₁)² − λ₂(f − c₂)². */
export interface SplitBregmanWeights {
  /** w, of the length. */
  length: number;
  /** g of each pixel; 1 everywhere if left out. */
  edges: Float64Array | undefined;
  image: Float64Array;
  means: readonly [inside: number, outside: number];
  lambda1: number;
  lambda2: number;
}

/** Penalty of d ≠ ∇u for one unit of length: Goldstein's ½ for pixels of size 1. */
const penalty = 0.5;

/** r at a pixel. */
export function forceAt({ image, means, lambda1, lambda2 }: SplitBregmanWeights, i: number): number {
  return lambda1 * (image[i]! - means[0]) ** 2 - lambda2 * (image[i]! - means[1]) ** 2;
}

/**
 * One Gauss–Seidel sweep of u, then d by shrinkage and b by what is left of ∇u.
 * @returns the largest change of u, or what d still differs from ∇u in the unit of u, if that is more: u may rest while b grows
 */
export function splitBregmanSweep(problem: SplitBregman, weights: SplitBregmanWeights): number {
  const { shape, steps, spacing, u, split } = problem;
  const { length, edges } = weights;
  const rank = shape.length;
  const stiffness = penalty * Math.min(...spacing);
  const pull = 1 / (length * stiffness);
  const at = new Int32Array(rank);
  let largest = 0;
  /** The part of z at a pixel that is b. */
  const partAt = (i: number): number => {
    let squares = 0;
    for (let k = 0; k < rank; k++) squares += split[k]![i]! * split[k]![i]!;
    const radius = (edges === undefined ? 1 : edges[i]!) / stiffness;
    const size = Math.sqrt(squares);
    return size > radius ? radius / size : 1;
  };
  // Parts of the last row, or plane, of pixels.
  const slab = steps[0]!;
  const parts = new Float64Array(slab);
  for (let i = 0, place = 0; i < u.length; i++, place = place === slab - 1 ? 0 : place + 1) {
    const part = partAt(i);
    let sum = -pull * forceAt(weights, i);
    let weight = 0;
    for (let k = 0; k < rank; k++) {
      const step = steps[k]!;
      const inverse = 1 / spacing[k]!;
      const w = inverse * inverse;
      const z = split[k]!;
      // What the differences of u are drawn to is d − b = z − 2b.
      if (at[k]! > 0) {
        const before = z[i - step]!;
        const b = parts[k === 0 ? place : place - step]! * before;
        sum += w * u[i - step]! + inverse * (before - 2 * b);
        weight += w;
      }
      if (at[k]! < shape[k]! - 1) {
        const b = part * z[i]!;
        sum += w * u[i + step]! - inverse * (z[i]! - 2 * b);
        weight += w;
      }
    }
    // A pixel without neighbours goes where the force takes it.
    const value = weight === 0 ? Number(sum > 0) : Math.min(Math.max(sum / weight, 0), 1);
    largest = Math.max(largest, Math.abs(value - u[i]!));
    u[i] = value;
    parts[place] = part;
    advance(at, shape);
  }
  at.fill(0);
  const before = new Float64Array(rank);
  for (let i = 0; i < u.length; i++) {
    const old = partAt(i);
    for (let k = 0; k < rank; k++) {
      const inside = at[k]! < shape[k]! - 1;
      before[k] = old * split[k]![i]!;
      split[k]![i] = inside ? (u[i + steps[k]!]! - u[i]!) / spacing[k]! + before[k]! : 0;
    }
    const part = partAt(i);
    for (let k = 0; k < rank; k++) {
      largest = Math.max(largest, Math.abs(part * split[k]![i]! - before[k]!) * spacing[k]!);
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
