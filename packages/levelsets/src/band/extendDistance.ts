import type { EikonalUpdate } from "../distance/createEikonalUpdate.js";
import type { NarrowBand } from "./narrowBand.js";

/**
 * Makes φ rise by 1 a unit of length away from the front, over the band. The values at the front itself stay as they are, so the
 * front does not move however often this is done.
 * @returns the largest |φ| in the band
 */
export function extendDistance(band: NarrowBand, phi: Float64Array, update: EikonalUpdate): number {
  const { pixels, count, front, marks } = band;
  for (let n = front; n < count; n++) phi[pixels[n]!] = phi[pixels[n]!]! > 0 ? Infinity : -Infinity;
  // The list runs outwards, so most pixels are right after the first pass.
  let changed = true;
  while (changed) {
    changed = false;
    for (let n = front; n < count; n++) {
      const i = pixels[n]!;
      const value = phi[i]!;
      const distance = update(phi, i, marks);
      if (Math.abs(value) - distance > 1e-12 * distance) {
        phi[i] = value > 0 ? distance : -distance;
        changed = true;
      }
    }
  }
  let largest = 0;
  for (let n = 0; n < count; n++) largest = Math.max(largest, Math.abs(phi[pixels[n]!]!));
  return largest;
}
