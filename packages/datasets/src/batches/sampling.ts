import type { AnyArray } from "@ddl/core";
import { elementCount, expectRank, toMask } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * Probability with which each slice of a volume is drawn, in proportion to its lesion area plus a floor for those without.
 *
 * w = (s + 0.1·S/n) / (1.1·S) for s lesion pixels in the slice, S in the volume, n slices. Without any lesion all are equal
 * (the published code divides by 0).
 *
 * @param mask (slices, rows, columns), any non-zero value is inside
 * @returns one weight a slice, 1 in sum
 * @throws ShapeError for another rank
 * @example `random.weightedIndex(samplingWeights(mask))`
 *
 * Source: Buda et al. 2019 (`buda2019`), published code.
 */
export function samplingWeights(mask: NdArray<AnyArray>): Float64Array {
  expectRank("samplingWeights", "mask", mask, 3);
  const { data, shape } = toMask(mask);
  const slices = shape[0]!;
  const size = elementCount(shape.slice(1));
  const areas = new Float64Array(slices);
  for (let i = 0; i < data.length; i++) areas[Math.floor(i / size)]! += data[i]!;
  const total = areas.reduce((sum, area) => sum + area, 0);
  return areas.map((area) => (total === 0 ? 1 / slices : (area + (0.1 * total) / slices) / (1.1 * total)));
}
