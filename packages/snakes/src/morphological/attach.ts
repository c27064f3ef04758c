import type { Front } from "./front.js";
import { findFront } from "./front.js";
import type { PackedSet } from "./packedSet.js";

/** Values of the pixels, the channels of a pixel side by side, and what decides between the regions. */
export interface RegionForce {
  values: Float64Array;
  channels: number;
  inside: Float64Array;
  outside: Float64Array;
  lambda1: number;
  lambda2: number;
}

/** The pixels of the front join the region whose mean they are nearer to, in place. */
export function attach(set: PackedSet, front: Front, force: RegionForce): void {
  findFront(set, front);
  const { words } = set;
  const { values, channels, inside, outside, lambda1, lambda2 } = force;
  const [c1, c0] = [inside[0]!, outside[0]!];
  for (let n = 0; n < front.count; n++) {
    const from = front.pixel[n]!;
    let moving = front.moving[n]!;
    let word = words[front.at[n]!]!;
    while (moving !== 0) {
      const bit = moving & -moving;
      moving ^= bit;
      const pixel = from + 31 - Math.clz32(bit);
      let force = 0;
      if (channels === 1) {
        const a = values[pixel]! - c1;
        const b = values[pixel]! - c0;
        force = lambda1 * (a * a) - lambda2 * (b * b);
      } else {
        for (let c = 0; c < channels; c++) {
          const a = values[pixel * channels + c]! - inside[c]!;
          const b = values[pixel * channels + c]! - outside[c]!;
          force += lambda1 * (a * a) - lambda2 * (b * b);
        }
      }
      if (force < 0) word |= bit;
      else if (force > 0) word &= ~bit;
    }
    words[front.at[n]!] = word;
  }
}
