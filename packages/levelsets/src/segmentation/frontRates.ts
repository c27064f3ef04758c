/** The fields of a model whose forces act at the front: φ_t = c·Z κ|∇φ| + p·P|∇φ| + a·∇E·∇φ; at most one of `edges` and `slopes`. */
export interface FrontModel {
  /** P, the speed of growth. */
  speed: Float64Array;
  /** Z, the strength of smoothing; 1 everywhere if left out. */
  smoothing?: Float64Array;
  /** E, whose slope draws the front, by central differences. */
  edges?: Float64Array;
  /** ∇E itself, an array an axis. */
  slopes?: Float64Array[];
}

/** The weights p, c and a of the three terms. */
export interface FrontWeights {
  propagation: number;
  curvature: number;
  advection: number;
}

/** What a pass over the pixels found. */
interface FrontMeasure {
  /** Largest |p·P| + |a·∂E|. */
  fastest: number;
  /** Largest curvature term. */
  roughest: number;
  /** Sum of the squared rates of the pixels at the front, that is with a neighbour of the other sign. */
  squares: number;
  /** Number of pixels at the front. */
  frontPixels: number;
}

/** Writes φ_t of the listed pixels, or of all, to `rates`; the measure is the same object each time. */
export type FrontRates = (
  phi: Float64Array,
  rates: Float64Array,
  weights: FrontWeights,
  pixels: Int32Array | undefined,
  count: number,
) => FrontMeasure;

/** The right-hand side of a model, upwind, borders of zero flux. */
export function createFrontRates(
  shape: readonly number[],
  spacing: readonly number[],
  { speed, smoothing, edges, slopes }: FrontModel,
): FrontRates {
  const rank = shape.length;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const before = new Int32Array(rank);
  const after = new Int32Array(rank);
  const central = new Float64Array(rank);
  const second = new Float64Array(rank);
  const measure: FrontMeasure = { fastest: 0, roughest: 0, squares: 0, frontPixels: 0 };
  return (phi, rates, { propagation, curvature, advection }, pixels, count) => {
    let fastest = 0;
    let roughest = 0;
    let squares = 0;
    let frontPixels = 0;
    for (let n = 0; n < count; n++) {
      const i = pixels === undefined ? n : pixels[n]!;
      const value = phi[i]!;
      const force = propagation * speed[i]!;
      let square = 1e-6;
      let propagated = 0;
      let advected = 0;
      let drift = 0;
      let atFront = false;
      let rest = i;
      for (let k = 0; k < rank; k++) {
        const h = spacing[k]!;
        const step = steps[k]!;
        const at = Math.floor(rest / step);
        rest -= at * step;
        const down = at === 0 ? 0 : -step;
        const up = at === shape[k]! - 1 ? 0 : step;
        before[k] = down;
        after[k] = up;
        const low = phi[i + down]!;
        const high = phi[i + up]!;
        const slope = (high - low) / (2 * h);
        central[k] = slope;
        second[k] = (high + low - 2 * value) / (h * h);
        square += slope * slope;
        const backward = (value - low) / h;
        const forward = (high - value) / h;
        const rising = Math.max(force > 0 ? forward : backward, 0);
        const falling = Math.min(force > 0 ? backward : forward, 0);
        propagated += rising * rising + falling * falling;
        if (edges !== undefined || slopes !== undefined) {
          // As numpy.gradient: central inside, one-sided at both ends.
          const velocity =
            slopes === undefined
              ? (-advection * (edges![i + up]! - edges![i + down]!)) / (down === 0 || up === 0 ? h : 2 * h)
              : -advection * slopes[k]![i]!;
          advected += velocity * (velocity > 0 ? backward : forward);
          drift = Math.max(drift, Math.abs(velocity));
        }
        if (value > 0 !== low > 0 || value > 0 !== high > 0) atFront = true;
      }
      const stiffness = smoothing === undefined ? curvature : curvature * smoothing[i]!;
      let bent = 0;
      if (stiffness !== 0) {
        for (let a = 0; a < rank; a++) {
          const along = central[a]!;
          for (let b = 0; b < rank; b++) if (b !== a) bent += second[b]! * along * along;
          for (let b = a + 1; b < rank; b++) {
            const mixed =
              phi[i + after[a]! + after[b]!]! -
              phi[i + after[a]! + before[b]!]! -
              phi[i + before[a]! + after[b]!]! +
              phi[i + before[a]! + before[b]!]!;
            bent -= (along * central[b]! * mixed) / (2 * spacing[a]! * spacing[b]!);
          }
        }
        bent *= stiffness / square;
      }
      const rate = bent + force * Math.sqrt(propagated) - advected;
      rates[n] = rate;
      fastest = Math.max(fastest, Math.abs(force) + drift);
      roughest = Math.max(roughest, Math.abs(bent));
      if (atFront) {
        squares += rate * rate;
        frontPixels++;
      }
    }
    measure.fastest = fastest;
    measure.roughest = roughest;
    measure.squares = squares;
    measure.frontPixels = frontPixels;
    return measure;
  };
}
