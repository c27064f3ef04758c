import { FloodHeap } from "./FloodHeap.js";

import type { FloodState } from "./FloodState.js";
import { reportEvery } from "./FloodState.js";
/**
 * The flood with compactness, with lines, or both: a pixel gets its label as it leaves the queue, for it may enter several times.
 * A line pixel leaves the mask.
 */
export function floodCompactly(
  state: FloodState,
  image: Float64Array,
  strides: readonly number[],
  compactness: number,
  lines: boolean,
): void {
  const { labels, mask, neighbours, report } = state;
  const heap = new FloodHeap(1024);
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) heap.push(image[i]!, 0, i, i);
  let age = 0;
  for (let taken = 1; heap.size > 0; taken++) {
    heap.pop();
    const at = heap.index;
    const source = heap.source;
    if (taken % reportEvery === 0) report(taken);
    if (labels[at] !== 0 && at !== source) continue;
    if (lines && (mask[at] === 0 || meetsTwoLabels(state, at))) {
      mask[at] = 0;
      continue;
    }
    labels[at] = labels[source]!;
    for (let k = 0; k < neighbours.length; k++) {
      const next = at + neighbours[k]!;
      if (mask[next] === 0 || labels[next] !== 0) continue;
      const detour = compactness > 0 ? compactness * pixelDistance(next, source, strides) : 0;
      heap.push(image[next]! + detour, ++age, next, source);
    }
  }
}

/** True if the neighbours in the mask carry two different labels. */
function meetsTwoLabels({ labels, mask, neighbours }: FloodState, at: number): boolean {
  let first = 0;
  for (let k = 0; k < neighbours.length; k++) {
    const next = at + neighbours[k]!;
    const label = labels[next]!;
    if (mask[next] === 0 || label === 0) continue;
    if (first === 0) first = label;
    else if (label !== first) return true;
  }
  return false;
}

/** Euclidean distance in pixels between two flat indices. */
function pixelDistance(a: number, b: number, strides: readonly number[]): number {
  let square = 0;
  for (let k = 0; k < strides.length; k++) {
    const stride = strides[k]!;
    const i = Math.floor(a / stride);
    const j = Math.floor(b / stride);
    square += (i - j) * (i - j);
    a -= i * stride;
    b -= j * stride;
  }
  return Math.sqrt(square);
}
