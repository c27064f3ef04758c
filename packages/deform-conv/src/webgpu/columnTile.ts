import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { placeCode, sampleCode } from "./place.js";

/** Offset groups that `channels` channels in a row belong to, at most. */
function mostOffsetGroups({ inChannels, offsetGroups }: DeformConvGeometry, channels: number): number {
  const perGroup = inChannels / offsetGroups;
  return Math.min(offsetGroups, channels, Math.ceil((channels - 1) / perGroup) + 1);
}

/**
 * Samples of some windows and channels at one tap, times their mask: what a convolution multiplies with its filter. The places of a tile are
 * worked out once for all channels of an offset group, into workgroup memory: at most 10 KiB for 512 samples.
 */
export const columnTile = (g: DeformConvGeometry, masked: boolean, windows: number, channels: number): string => `
  ${placeCode(masked)}
  ${sampleCode}
  const groupsOfTile = ${mostOffsetGroups(g, channels)};
  var<workgroup> places: array<Place, ${windows * mostOffsetGroups(g, channels)}>;

  fn findPlaces(firstWindow: i32, firstChannel: i32, k: i32) {
    let firstGroup = firstChannel / channelsOfOffsetGroup;
    for (var e = i32(localIndex); e < ${windows} * groupsOfTile; e += threads) {
      places[e] = placeOf(firstWindow + e / groupsOfTile, firstGroup + e % groupsOfTile, k);
    }
  }

  // Of a window of the tile; channels after the last are 0.
  fn columnOf(window: i32, firstChannel: i32, channel: i32, endChannel: i32) -> f32 {
    if (channel >= endChannel) { return 0.0; }
    let slot = channel / channelsOfOffsetGroup - firstChannel / channelsOfOffsetGroup;
    let place = places[window * groupsOfTile + slot];
    return place.factor * between(pixelsOf(place, channel), place.ly, place.lx);
  }
`;
