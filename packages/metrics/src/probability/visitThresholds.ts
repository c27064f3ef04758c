import type { AnyArray } from "@ddl/core";

/**
 * Visits the distinct scores from the highest down with what lies at or above each, and returns how many of the labels are 1.
 * Cost: two sorts of numbers, no comparator; 16 bytes a score.
 */
export function visitThresholds(
  labels: AnyArray,
  scores: AnyArray,
  visit: (score: number, truePositives: number, falsePositives: number) => void,
): number {
  const size = scores.length;
  // Positives grow from the front, negatives from the back: each side is sorted on its own and the two are merged.
  const sorted = new Float64Array(size);
  let positives = 0;
  for (let i = 0, back = size; i < size; i++) sorted[labels[i] === 1 ? positives++ : --back] = scores[i]!;
  const positive = sorted.subarray(0, positives).sort();
  const negative = sorted.subarray(positives).sort();
  let p = positives;
  let n = size - positives;
  while (p + n > 0) {
    const score = p > 0 && !(n > 0 && negative[n - 1]! > positive[p - 1]!) ? positive[p - 1]! : negative[n - 1]!;
    while (p > 0 && positive[p - 1] === score) p--;
    while (n > 0 && negative[n - 1] === score) n--;
    visit(score, positives - p, size - positives - n);
  }
  return positives;
}
