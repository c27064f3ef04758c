/** The fields and weights that move a front; a field left out counts as 0. */
export interface FrontForces {
  /** Weighted speed along the outward normal: the inside grows where it is positive. */
  speed: Float64Array;
  /** Weighted factor of the curvature term. */
  smoothing: Float64Array;
  /** Weighted velocity along each axis. */
  velocity?: readonly Float64Array[];
}

/** One explicit step of φ_t = Z κ|∇φ| + F|∇φ| − A·∇φ from `phi` into `next`; returns the time step. Borders have zero flux. */
export function frontStep(
  phi: Float64Array,
  next: Float64Array,
  shape: readonly number[],
  spacing: readonly number[],
  { speed, smoothing, velocity }: FrontForces,
): number {
  const rank = shape.length;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const index = new Array<number>(rank).fill(0);
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  const central = new Array<number>(rank).fill(0);
  const second = new Array<number>(rank).fill(0);
  let fastest = 0;
  let roughest = 0;
  for (let i = 0; i < phi.length; i++) {
    const value = phi[i]!;
    let square = 1e-6;
    let propagated = 0;
    let advected = 0;
    let reach = Math.abs(speed[i]!);
    for (let k = 0; k < rank; k++) {
      const h = spacing[k]!;
      before[k] = index[k] === 0 ? 0 : -steps[k]!;
      after[k] = index[k] === shape[k]! - 1 ? 0 : steps[k]!;
      const low = phi[i + before[k]!]!;
      const high = phi[i + after[k]!]!;
      central[k] = (high - low) / (2 * h);
      second[k] = (high + low - 2 * value) / (h * h);
      square += central[k]! ** 2;
      const backward = (value - low) / h;
      const forward = (high - value) / h;
      const [rising, falling] = speed[i]! > 0 ? [forward, backward] : [backward, forward];
      propagated += Math.max(rising, 0) ** 2 + Math.min(falling, 0) ** 2;
      const drift = velocity === undefined ? 0 : velocity[k]![i]!;
      advected += drift * (drift > 0 ? backward : forward);
    }
    if (velocity !== undefined) {
      let largest = 0;
      for (const field of velocity) largest = Math.max(largest, Math.abs(field[i]!));
      reach += largest;
    }
    let bent = 0;
    if (smoothing[i] !== 0) {
      for (let a = 0; a < rank; a++) {
        for (let b = 0; b < rank; b++) {
          if (a === b) continue;
          bent += second[b]! * central[a]! ** 2;
          if (b < a) continue;
          const mixed =
            (phi[i + after[a]! + after[b]!]! -
              phi[i + after[a]! + before[b]!]! -
              phi[i + before[a]! + after[b]!]! +
              phi[i + before[a]! + before[b]!]!) /
            (4 * spacing[a]! * spacing[b]!);
          bent -= 2 * central[a]! * central[b]! * mixed;
        }
      }
      bent *= smoothing[i]! / square;
    }
    next[i] = bent + speed[i]! * Math.sqrt(propagated) - advected;
    fastest = Math.max(fastest, reach);
    roughest = Math.max(roughest, Math.abs(bent));
    for (let k = rank - 1; k >= 0 && ++index[k]! === shape[k]!; k--) index[k] = 0;
  }
  const share = 1 / (2 * rank);
  const bound = Math.min(fastest > 0 ? share / fastest : Infinity, roughest > 0 ? share / roughest : Infinity);
  const dt = bound === Infinity ? 0 : bound * Math.min(...spacing);
  for (let i = 0; i < phi.length; i++) next[i] = phi[i]! + dt * next[i]!;
  return dt;
}
