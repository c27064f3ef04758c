/** Weights of one step of DRLSE. */
export interface DrlseWeights {
  mu: number;
  lambda: number;
  alpha: number;
  epsilon: number;
  singleWell: boolean;
}

/**
 * The arithmetic of one pixel. The caller sets `at`, and, before `rate`, the coefficients here and at the neighbours; where there is
 * no neighbour, those here stand in.
 */
export interface DrlsePixel {
  /** The pixel's coordinates. */
  at: Int32Array;
  /** Coefficients at the neighbours: before and after along each axis. */
  normals: Float64Array;
  diffusions: Float64Array;
  /** Sum of the squared rates of the pixels at the front, and their number, since they were last set to 0. */
  squares: number;
  frontPixels: number;
  /** Whether the pixel of the last `rate` has a neighbour of the other sign. */
  crossing: boolean;
  /** Writes a and b, with ∇φ/|∇φ| = a∇φ and (d_p − 1)∇φ = b∇φ, to a place in both arrays. */
  coefficients(phi: Float64Array, i: number, normals: Float64Array, diffusions: Float64Array, place: number): void;
  /** φ_t; `normal` is the coefficient a here. */
  rate(phi: Float64Array, i: number, normal: number): number;
}

/** Derivatives as numpy.gradient takes them: central, one-sided at both ends. */
export function createDrlsePixel(
  shape: readonly number[],
  spacing: readonly number[],
  edges: Float64Array,
  weights: DrlseWeights,
): DrlsePixel {
  const rank = shape.length;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const at = new Int32Array(rank);
  const normals = new Float64Array(2 * rank);
  const diffusions = new Float64Array(2 * rank);
  const pixel: DrlsePixel = {
    at,
    normals,
    diffusions,
    squares: 0,
    frontPixels: 0,
    crossing: false,
    coefficients(phi, i, normalsOut, diffusionsOut, place) {
      let square = 0;
      for (let k = 0; k < rank; k++) {
        const low = at[k] === 0 ? 0 : steps[k]!;
        const high = at[k] === shape[k]! - 1 ? 0 : steps[k]!;
        const h = spacing[k]!;
        const slope = (phi[i + high]! - phi[i - low]!) / (low === 0 || high === 0 ? h : 2 * h);
        square += slope * slope;
      }
      const norm = Math.sqrt(square);
      const normal = 1 / (norm + 1e-10);
      normalsOut[place] = normal;
      // The single well's regulariser is the Laplacian less the curvature.
      diffusionsOut[place] = weights.singleWell ? -normal : diffusionRate(norm) - 1;
    },
    rate(phi, i, normal) {
      const { mu, lambda, alpha, epsilon } = weights;
      const value = phi[i]!;
      const inside = value > 0;
      const near = Math.abs(value) <= epsilon;
      let curvature = 0;
      let regulariser = 0;
      let drift = 0;
      let crossing = false;
      for (let k = 0; k < rank; k++) {
        const h = spacing[k]!;
        const step = steps[k]!;
        const last = shape[k]! - 1;
        const low = at[k] === 0 ? 0 : step;
        const high = at[k] === last ? 0 : step;
        const before = phi[i - low]!;
        const after = phi[i + high]!;
        const width = low === 0 || high === 0 ? h : 2 * h;
        const slope = (after - before) / width;
        let slopeBefore = slope;
        if (low !== 0) slopeBefore = at[k] === 1 ? (value - before) / h : (value - phi[i - 2 * step]!) / (2 * h);
        let slopeAfter = slope;
        if (high !== 0) slopeAfter = at[k] === last - 1 ? (after - value) / h : (phi[i + 2 * step]! - value) / (2 * h);
        regulariser +=
          (after - 2 * value + before) / (h * h) +
          (diffusions[2 * k + 1]! * slopeAfter - diffusions[2 * k]! * slopeBefore) / width;
        if (near) {
          curvature += (normals[2 * k + 1]! * slopeAfter - normals[2 * k]! * slopeBefore) / width;
          drift += ((edges[i + high]! - edges[i - low]!) / width) * slope * normal;
        }
        if (before > 0 !== inside || after > 0 !== inside) crossing = true;
      }
      let rate = mu * regulariser;
      if (near) {
        const delta = (1 + Math.cos((Math.PI * value) / epsilon)) / (2 * epsilon);
        const g = edges[i]!;
        rate += lambda * delta * (drift + g * curvature) + alpha * delta * g;
      }
      pixel.crossing = crossing;
      if (crossing || near) {
        pixel.squares += rate * rate;
        pixel.frontPixels++;
      }
      return rate;
    },
  };
  return pixel;
}

/** d_p(s) = p′(s)/s of the double well, 0 in numerator or denominator taken as 1, as the author's program does. */
function diffusionRate(s: number): number {
  const slope = s <= 1 ? Math.sin(2 * Math.PI * s) / (2 * Math.PI) : s - 1;
  return (slope === 0 ? 1 : slope) / (s === 0 ? 1 : s);
}
