import type { FloodState } from "./FloodState.js";
import { reportEvery } from "./FloodState.js";
import { KeyHeap } from "./KeyHeap.js";
import { PositionSet } from "./PositionSet.js";

/**
 * The flood by values alone: a pixel gets its label as it enters the queue, for nothing can reach it at a lower value later.
 *
 * The reference's queue orders by value and then by age, where all markers have age 0. Here that pair is one whole number: the
 * pixels of a value own as many positions as they are, from the number of pixels below on; its markers stand on the first one,
 * the others take the next free one as they enter. Only markers of equal value are tied then, and what decides between them is
 * the layout of the reference's heap: as long as two are left, the queue is that heap. After that any queue gives the same.
 *
 * @param rank for every pixel the number of pixels with a smaller value, padded as the rest
 * @param distinct no two pixels are equal: a rank is a position then
 * @param pixels number of pixels in the image
 * @returns the labels, which take the place of the ranks: a pixel's rank is needed until it has a label
 */
export function flood(state: FloodState, rank: Int32Array, distinct: boolean, pixels: number): Int32Array {
  const { labels, mask: open, neighbours, report } = state;
  const cells = rank;
  const directions = neighbours.length;
  const found = new Int32Array(directions + 1);
  const heap = new KeyHeap(pixels);
  // Markers that wait on a position; then, in the second part, the pixel on a position.
  const waiting = new Int32Array(pixels);
  const free = new Int32Array(pixels);
  let tied = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    const key = cells[i]!;
    heap.push(key, i);
    cells[i] = labels[i]!;
    open[i] = 0;
    const same = ++waiting[key]!;
    free[key] = same;
    if (same > 1) tied += same === 2 ? 2 : 1;
  }
  let taken = 0;
  while (tied > 0) {
    heap.pop();
    const { key, pixel } = heap;
    const label = cells[pixel]!;
    if (waiting[key]! > 0) {
      const left = --waiting[key]!;
      if (left > 0) tied -= left === 1 ? 2 : 1;
    }
    for (let k = 0; k < directions; k++) {
      const next = pixel + neighbours[k]!;
      if (open[next] === 0) continue;
      open[next] = 0;
      const first = cells[next]!;
      cells[next] = label;
      heap.push(first + free[first]!++, next);
    }
    if ((++taken & (reportEvery - 1)) === 0) report(taken);
  }
  const queue = new PositionSet(pixels);
  const pixelAt = waiting;
  if (distinct) for (let i = 0; i < cells.length; i++) if (open[i] !== 0) pixelAt[cells[i]!] = i;
  while (heap.size > 0) {
    heap.pop();
    queue.add(heap.key);
    pixelAt[heap.key] = heap.pixel;
  }
  for (let key = queue.takeSmallest(); key >= 0; key = queue.takeSmallest()) {
    const pixel = pixelAt[key]!;
    const label = cells[pixel]!;
    // Collected first: whether a neighbour is open cannot be guessed, and here nothing waits for the answer.
    let count = 0;
    for (let k = 0; k < directions; k++) {
      const next = pixel + neighbours[k]!;
      found[count] = next;
      count += open[next]!;
    }
    for (let k = 0; k < count; k++) {
      const next = found[k]!;
      open[next] = 0;
      const first = cells[next]!;
      cells[next] = label;
      let position = first;
      if (!distinct) {
        position += free[first]!++;
        pixelAt[position] = next;
      }
      queue.add(position);
    }
    if ((++taken & (reportEvery - 1)) === 0) report(taken);
  }
  // What is still open was not reached, and holds a rank.
  for (let i = 0; i < cells.length; i++) if (open[i] !== 0) cells[i] = 0;
  return cells;
}
