import { expectNumber } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { readPair } from "../input/values.js";

/** How many elements each pair of labels shares, background and void included. */
export interface Overlaps {
  /** Elements of each label of the reference. */
  references: Map<number, number>;
  /** Elements of each label of the prediction. */
  predictions: Map<number, number>;
  /** By label of the reference, then by label of the prediction. */
  shared: Map<number, Map<number, number>>;
}

/** Counts overlaps in one pass. @throws ShapeError; RangeArgumentError for a label that is no integer ≥ 0 */
export function countOverlaps(functionName: string, reference: ArrayInput, prediction: ArrayInput): Overlaps {
  const [{ data: r }, { data: p }] = readPair(functionName, reference, prediction);
  const overlaps: Overlaps = { references: new Map(), predictions: new Map(), shared: new Map() };
  for (let i = 0; i < r.length; ) {
    const from = i;
    const a = r[from]!;
    const b = p[from]!;
    // Labels come in runs: one look-up a run.
    do i++;
    while (i < r.length && r[i] === a && p[i] === b);
    expectNumber(functionName, "every label of reference", a, { integer: true, min: 0 });
    expectNumber(functionName, "every label of prediction", b, { integer: true, min: 0 });
    addTo(overlaps.references, a, i - from);
    addTo(overlaps.predictions, b, i - from);
    const row = overlaps.shared.get(a) ?? new Map<number, number>();
    overlaps.shared.set(a, addTo(row, b, i - from));
  }
  return overlaps;
}

/** Adds to an entry of a map, which begins at 0. */
export function addTo<K>(map: Map<K, number>, key: K, amount: number): Map<K, number> {
  return map.set(key, (map.get(key) ?? 0) + amount);
}
