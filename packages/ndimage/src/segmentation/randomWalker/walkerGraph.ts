import type { GridSystem } from "./GridSystem.js";
import { emptySystem } from "./GridSystem.js";

/** The smallest weight of an edge: what keeps the graph in one piece. */
const least = 1e-10;

/** What is solved: the system of the unknown pixels, and where seeds touch them. */
export interface WalkerGraph {
  system: GridSystem;
  /** Edges from an unknown pixel to a seed: the pixel, the weight, and the seed's label. */
  pixel: Int32Array;
  weight: Float64Array;
  label: Int32Array;
}

/** The image a graph is made from; channels come last. */
export interface WalkerImage {
  values: Float64Array;
  channels: number;
  shape: readonly [number, number, number];
  spacing: readonly number[];
  /** β over ten standard deviations, and over the root of the number of channels. */
  sharpness: number;
}

/**
 * Weights exp(−sharpness·d²) + 1e-10 of all edges between two active pixels, d² the squared differences over the spacing, summed
 * over the channels.
 * @param labels 0: unknown; > 0: seed of that label; < 0: not in the graph
 */
export function walkerGraph(image: WalkerImage, labels: Int32Array): WalkerGraph {
  const { values, channels, shape, spacing, sharpness } = image;
  const system = emptySystem(shape);
  const { margin, diagonal, couplings } = system;
  const pixel: number[] = [];
  const weights: number[] = [];
  const label: number[] = [];
  for (let at = couplings.length - 1; at >= 0; at--) {
    const { axis, step, weight } = couplings[at]!;
    const length = shape[axis]!;
    const scale = spacing[axis]!;
    for (let block = 0; block < labels.length; block += length * step) {
      for (let i = block, end = block + (length - 1) * step; i < end; i++) {
        const j = i + step;
        const one = labels[i]!;
        const other = labels[j]!;
        if (one < 0 || other < 0 || (one > 0 && other > 0)) continue;
        let square = 0;
        for (let c = 0; c < channels; c++) {
          const difference = (values[j * channels + c]! - values[i * channels + c]!) / scale;
          square += difference * difference;
        }
        const w = Math.exp(-sharpness * square) + least;
        if (one === 0) diagonal[margin + i]! += w;
        if (other === 0) diagonal[margin + j]! += w;
        if (one === 0 && other === 0) {
          weight[margin + i] = w;
        } else {
          pixel.push(one === 0 ? i : j);
          weights.push(w);
          label.push(one + other);
        }
      }
    }
  }
  return { system, pixel: Int32Array.from(pixel), weight: Float64Array.from(weights), label: Int32Array.from(label) };
}
