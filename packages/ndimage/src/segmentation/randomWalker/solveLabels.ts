import type { Preconditioner, Workspace } from "./conjugateGradients.js";
import { conjugateGradients } from "./conjugateGradients.js";
import type { WalkerGraph } from "./walkerGraph.js";
import type { WalkerLabels } from "./walkerLabels.js";

interface SolveOptions {
  tolerance: number;
  returnProbability: boolean;
  report: (label: number, iteration: number, residual: number) => void;
}

/** Result of {@link solveLabels}. */
interface SolvedLabels {
  labels: Int32Array;
  /** Label by label; empty if not asked for. */
  probabilities: Float64Array;
  iterations: number[];
  converged: boolean;
}

/** Solves for one label after the other, and keeps the most likely one of each pixel: of equal ones the first. */
export function solveLabels(
  graph: WalkerGraph,
  { numbered, active, values, unknown }: WalkerLabels,
  precondition: Preconditioner,
  { tolerance, returnProbability, report }: SolveOptions,
): SolvedLabels {
  const { count, margin, diagonal } = graph.system;
  const labels = numbered.slice();
  const probabilities = new Float64Array(returnProbability ? values.length * count : 0);
  const make = (): Float64Array => new Float64Array(unknown === 0 ? 0 : diagonal.length);
  const work: Workspace = { x: make(), r: make(), z: make(), p: make(), q: make() };
  const b = make();
  const best = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const iterations: number[] = [];
  let converged = true;
  for (let label = 1; label <= values.length; label++) {
    if (unknown > 0) {
      b.fill(0);
      for (let e = 0; e < graph.pixel.length; e++) {
        if (graph.label[e] === label) b[margin + graph.pixel[e]!]! += graph.weight[e]!;
      }
      const tell = (iteration: number, residual: number): void => report(label, iteration, residual);
      const solved = conjugateGradients(graph.system, precondition, b, work, tolerance, 10 * unknown, tell);
      iterations.push(solved.iterations);
      converged &&= solved.converged;
    } else {
      iterations.push(0);
    }
    const offset = (label - 1) * count;
    for (let i = 0; i < count; i++) {
      if (active[i] === 0) {
        const probability = work.x[margin + i]!;
        if (returnProbability) probabilities[offset + i] = probability;
        if (probability > best[i]!) {
          best[i] = probability;
          labels[i] = label;
        }
      } else if (returnProbability && numbered[i] === label) {
        probabilities[offset + i] = 1;
      }
    }
  }
  return { labels, probabilities, iterations, converged };
}
