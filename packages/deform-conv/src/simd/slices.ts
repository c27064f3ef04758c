import type { DeformConvGeometry } from "../deformConv2d/geometry.js";

/** Channels of a slice below and above which threads would wait for each other, or for memory. */
const shortest = 16;
const longest = 64;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * Channels of the slices that the gradients are made by: all of one length, none across a border of groups or offset groups. It depends
 * on the shapes alone, and so do the sums.
 */
export function sliceOf({ inChannels, groups, offsetGroups }: DeformConvGeometry): number {
  const unit = gcd(inChannels / groups, inChannels / offsetGroups);
  const wanted = Math.min(longest, Math.max(shortest, Math.floor(inChannels / 8)));
  if (unit <= wanted) return unit;
  const divisors = Array.from({ length: unit }, (_, k) => k + 1).filter((d) => unit % d === 0);
  const below = divisors.filter((d) => d <= wanted);
  const vectors = below.filter((d) => d % 4 === 0).at(-1) ?? 0;
  const best = vectors > wanted / 4 ? vectors : below.at(-1)!;
  // Of a prime number of channels, say, no part is worth its own slice.
  return best * 4 >= wanted ? best : divisors.find((d) => d > wanted)!;
}
