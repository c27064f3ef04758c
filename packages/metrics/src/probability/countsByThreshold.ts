import type { AnyArray } from "@ddl/core";

/** What lies at or above each distinct score, from the highest score down. */
export interface CountsByThreshold {
  thresholds: Float64Array;
  truePositives: Float64Array;
  falsePositives: Float64Array;
  positives: number;
  negatives: number;
}

/** Counts of "score ≥ threshold" at every distinct score. Cost: two sorts of numbers, no comparator; 16 bytes a score. */
export function countsByThreshold(labels: AnyArray, scores: AnyArray): CountsByThreshold {
  const sorted = ([1, 0] as const).map((label) => {
    const side = new Float64Array(scores.length);
    let count = 0;
    for (let i = 0; i < scores.length; i++) if (labels[i] === label) side[count++] = scores[i]!;
    return side.subarray(0, count).sort();
  });
  const [positive, negative] = sorted as [Float64Array, Float64Array];
  const thresholds = new Float64Array(scores.length);
  const truePositives = new Float64Array(scores.length);
  const falsePositives = new Float64Array(scores.length);
  let p = positive.length;
  let n = negative.length;
  let points = 0;
  while (p + n > 0) {
    const score = n === 0 || (p > 0 && positive[p - 1]! > negative[n - 1]!) ? positive[p - 1]! : negative[n - 1]!;
    while (p > 0 && positive[p - 1] === score) p--;
    while (n > 0 && negative[n - 1] === score) n--;
    thresholds[points] = score;
    truePositives[points] = positive.length - p;
    falsePositives[points++] = negative.length - n;
  }
  return {
    thresholds: thresholds.slice(0, points),
    truePositives: truePositives.slice(0, points),
    falsePositives: falsePositives.slice(0, points),
    positives: positive.length,
    negatives: negative.length,
  };
}
