/** Sums over Gaussian neighbourhoods, in place; outside the image is 0. */
export type Neighbourhood = (values: Float64Array) => void;

/** The Gaussian of Li's code: cut off at round(2σ) pixels and then normalised; one axis after the other. */
export function createNeighbourhood(shape: readonly number[], sigma: number): Neighbourhood {
  const radius = Math.round(2 * sigma);
  const kernel = Float64Array.from({ length: radius + 1 }, (_, k) => Math.exp((-k * k) / (2 * sigma * sigma)));
  const sum = kernel.reduce((total, weight, k) => total + (k === 0 ? weight : 2 * weight), 0);
  for (let k = 0; k <= radius; k++) kernel[k]! /= sum;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const line = new Float64Array(Math.max(...shape) + 2 * radius);
  return (values) => {
    for (const [axis, length] of shape.entries()) {
      const step = steps[axis]!;
      for (let first = 0; first < values.length; first++) {
        // Lines begin where the coordinate along the axis is 0.
        if (Math.floor(first / step) % length !== 0) continue;
        line.fill(0, radius + length, length + 2 * radius);
        for (let k = 0; k < length; k++) line[radius + k] = values[first + k * step]!;
        for (let k = 0; k < length; k++) {
          const at = radius + k;
          let total = kernel[0]! * line[at]!;
          for (let d = 1; d <= radius; d++) total += kernel[d]! * (line[at - d]! + line[at + d]!);
          values[first + k * step] = total;
        }
      }
    }
  };
}
