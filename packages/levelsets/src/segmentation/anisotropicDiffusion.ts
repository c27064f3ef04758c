/** Settings of {@link anisotropicDiffusion}. */
export interface DiffusionSettings {
  iterations: number;
  /** Slopes above this many times the root mean square slope are kept. */
  conductance: number;
  timeStep: number;
}

/**
 * Perona and Malik's smoothing that spares edges, as ITK's GradientAnisotropicDiffusionImageFilter has it: the flux through a face of a
 * pixel is the slope across it times exp(−|∇I|²/(2·conductance²·mean|∇I|²)), |∇I| on the face, borders replicated. Slopes are per unit of
 * length, the sum of fluxes is not divided by it once more: so it is there. Stable up to a time step of 1/(2 Σ 1/spacing).
 * Source: Perona and Malik 1990 (`perona1990`).
 * @returns new values
 */
export function anisotropicDiffusion(
  image: Float64Array,
  shape: readonly number[],
  spacing: readonly number[],
  { iterations, conductance, timeStep }: DiffusionSettings,
): Float64Array {
  const rank = shape.length;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const at = new Int32Array(rank);
  const before = new Int32Array(rank);
  const after = new Int32Array(rank);
  const central = new Float64Array(rank);
  let values = image.slice();
  let next = new Float64Array(image.length);
  /** Goes through all pixels with the ways to their neighbours laid. */
  const forEachPixel = (visit: (i: number) => void): void => {
    at.fill(0);
    for (let i = 0; i < values.length; i++) {
      for (let k = 0; k < rank; k++) {
        before[k] = at[k] === 0 ? 0 : -steps[k]!;
        after[k] = at[k] === shape[k]! - 1 ? 0 : steps[k]!;
        central[k] = (values[i + after[k]!]! - values[i + before[k]!]!) / (2 * spacing[k]!);
      }
      visit(i);
      for (let k = rank - 1; k >= 0; k--) {
        at[k]!++;
        if (at[k]! < shape[k]!) break;
        at[k] = 0;
      }
    }
  };
  for (let n = 0; n < iterations; n++) {
    let squares = 0;
    forEachPixel(() => {
      for (let k = 0; k < rank; k++) squares += central[k]! * central[k]!;
    });
    const width = (-2 * conductance * conductance * squares) / values.length;
    // A flat image, or no conductance: nothing flows.
    if (width === 0) break;
    /** What flows along axis k through the face between a pixel and its neighbour. */
    const flux = (i: number, k: number, way: number): number => {
      const difference = Math.sign(way) * ((values[i + way]! - values[i]!) / spacing[k]!);
      let square = difference * difference;
      for (let j = 0; j < rank; j++) {
        if (j === k) continue;
        const there = (values[i + way + after[j]!]! - values[i + way + before[j]!]!) / (2 * spacing[j]!);
        square += 0.25 * (central[j]! + there) ** 2;
      }
      return difference * Math.exp(square / width);
    };
    forEachPixel((i) => {
      let rate = 0;
      for (let k = 0; k < rank; k++) {
        if (after[k] !== 0) rate += flux(i, k, after[k]!);
        if (before[k] !== 0) rate -= flux(i, k, before[k]!);
      }
      next[i] = values[i]! + timeStep * rate;
    });
    [values, next] = [next, values];
  }
  return values;
}
