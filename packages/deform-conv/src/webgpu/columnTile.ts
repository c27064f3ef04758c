import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { placeCode, sampleCode } from "./place.js";

/** How many offset groups `channels` channels in a row can belong to: a power of two, so that there are few shaders. */
export function offsetGroupsOfTile({ inChannels, offsetGroups }: DeformConvGeometry, channels: number): number {
  const perGroup = inChannels / offsetGroups;
  const most = Math.min(offsetGroups, channels, Math.ceil((channels - 1) / perGroup) + 1);
  return 2 ** Math.ceil(Math.log2(most));
}

/**
 * Samples of some windows and channels at one tap, times their mask: what a convolution multiplies with its filter. The places of a tile are
 * worked out once for all channels of an offset group, into workgroup memory: at most 10 KiB for 512 samples. Needs the constant
 * `groupsOfTile`.
 */
export const columnTile = (windows: number): string => `
  ${placeCode}
  ${sampleCode}
  var<workgroup> places: array<Place, ${windows} * groupsOfTile>;

  fn findPlaces(firstWindow: i32, firstChannel: i32, k: i32) {
    let firstGroup = firstChannel / uniforms.channelsOfOffsetGroup;
    for (var e = i32(localIndex); e < ${windows} * groupsOfTile; e += threads) {
      places[e] = placeOf(firstWindow + e / groupsOfTile, firstGroup + e % groupsOfTile, k);
    }
  }

  // Of a window of the tile; channels after the last are 0.
  fn columnOf(window: i32, firstChannel: i32, channel: i32, endChannel: i32) -> f32 {
    if (channel >= endChannel) { return 0.0; }
    let slot = channel / uniforms.channelsOfOffsetGroup - firstChannel / uniforms.channelsOfOffsetGroup;
    let place = places[window * groupsOfTile + slot];
    return place.factor * between(pixelsOf(place, channel), place.ly, place.lx);
  }
`;
