import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { placeCode, sampleCode } from "./place.js";

/** Up to so many offset groups of a tile, a place is worth its workgroup memory: more share it among too few channels. */
const mostGroups = 4;

/**
 * How many offset groups `channels` channels in a row can belong to: a power of two, so that there are few shaders. 0 stands for too many.
 */
export function offsetGroupsOfTile({ inChannels, offsetGroups }: DeformConvGeometry, channels: number): number {
  const perGroup = inChannels / offsetGroups;
  const most = Math.min(offsetGroups, channels, Math.ceil((channels - 1) / perGroup) + 1);
  return most > mostGroups ? 0 : 2 ** Math.ceil(Math.log2(most));
}

/** Places in workgroup memory, each worked out once for all channels of an offset group. */
const sharedPlaces = (windows: number): string => `
  var<workgroup> places: array<Place, ${windows} * groupsOfTile>;

  fn findPlaces(firstWindow: i32, firstChannel: i32, k: i32) {
    let firstGroup = firstChannel / uniforms.channelsOfOffsetGroup;
    for (var e = i32(localIndex); e < ${windows} * groupsOfTile; e += threads) {
      places[e] = placeOf(firstWindow + e / groupsOfTile, firstGroup + e % groupsOfTile, k);
    }
  }

  fn foundPlace(firstWindow: i32, window: i32, firstChannel: i32, channel: i32, k: i32) -> Place {
    let slot = channel / uniforms.channelsOfOffsetGroup - firstChannel / uniforms.channelsOfOffsetGroup;
    return places[window * groupsOfTile + slot];
  }
`;

/** Places worked out for each sample. */
const ownPlaces = `
  fn findPlaces(firstWindow: i32, firstChannel: i32, k: i32) {}

  fn foundPlace(firstWindow: i32, window: i32, firstChannel: i32, channel: i32, k: i32) -> Place {
    return placeOf(firstWindow + window, channel / uniforms.channelsOfOffsetGroup, k);
  }
`;

/**
 * Samples of some windows and channels at one tap, times their mask: what a convolution multiplies with its filter. Needs the constant
 * `groupsOfTile`, as {@link offsetGroupsOfTile} gives it. Holds at most 2.5 KiB of workgroup memory for 32 windows.
 */
export const columnTile = (windows: number, groupsOfTile: number): string => `
  ${placeCode}
  ${sampleCode}
  ${groupsOfTile === 0 ? ownPlaces : sharedPlaces(windows)}

  // Of a window of the tile; channels after the last are 0.
  fn columnOf(firstWindow: i32, window: i32, firstChannel: i32, channel: i32, endChannel: i32, k: i32) -> f32 {
    if (channel >= endChannel) { return 0.0; }
    let place = foundPlace(firstWindow, window, firstChannel, channel, k);
    return place.factor * between(pixelsOf(place, channel), place.ly, place.lx);
  }
`;
