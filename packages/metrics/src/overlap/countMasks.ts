import type { ArrayInput } from "../input/values.js";
import { readPair } from "../input/values.js";

/** The 2 × 2 matrix of two masks, in which anything but 0 is inside. @throws as {@link readPair} */
export function countMasks(
  functionName: string,
  reference: ArrayInput,
  prediction: ArrayInput,
): { classes: number; counts: Float64Array } {
  const [{ data: r }, { data: p }] = readPair(functionName, reference, prediction);
  const counts = new Float64Array(4);
  for (let i = 0; i < r.length; i++) counts[(r[i] ? 2 : 0) + (p[i] ? 1 : 0)]!++;
  return { classes: 2, counts };
}
