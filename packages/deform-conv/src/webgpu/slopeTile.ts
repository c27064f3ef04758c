import type { DeformConvGeometry } from "../deformConv2d/geometry.js";

/** How channels of an offset group fall into groups of the filter: how many these are at most, and the most channels in one. */
export function filterGroupsOf({ inChannels, groups, offsetGroups }: DeformConvGeometry): {
  groupsOfOffsetGroup: number;
  longestRun: number;
} {
  const perGroup = inChannels / groups;
  const perOffset = inChannels / offsetGroups;
  let most = 1;
  for (let start = 0; start < inChannels; start += perOffset) {
    const last = Math.floor((start + perOffset - 1) / perGroup);
    most = Math.max(most, last - Math.floor(start / perGroup) + 1);
  }
  return { groupsOfOffsetGroup: most, longestRun: Math.min(perGroup, perOffset) };
}

/**
 * What samples contribute to the objective: the slopes of 32 windows and 32 channels of one tap, Σ over outputs of filter · dy. The channels
 * belong to one group of the filter and end before `endChannel`; those after are 0. Arrays: `weights` and `cotangents`.
 */
export const slopeTile: string = `
  fn cotangentOf(window: i32, group: i32, output: i32) -> f32 {
    if (window >= uniforms.windows || output >= uniforms.outputsOfGroup) { return 0.0; }
    return cotangents[window * uniforms.outChannels + group * uniforms.outputsOfGroup + output];
  }

  fn weightOf(k: i32, group: i32, channel: i32, endChannel: i32, output: i32) -> f32 {
    if (channel >= endChannel || output >= uniforms.outputsOfGroup) { return 0.0; }
    return weights[(k * uniforms.channelsOfGroup + channel - group * uniforms.channelsOfGroup) * uniforms.outChannels
      + group * uniforms.outputsOfGroup + output];
  }

  fn slopesOf(firstWindow: i32, k: i32, group: i32, firstChannel: i32, endChannel: i32) -> array<vec4<f32>, 4> {
    var sums: array<vec4<f32>, 4>;
    for (var start = 0; start < uniforms.outputsOfGroup; start += tileDepth) {
      for (var e = i32(localIndex); e < tileSide * tileDepth; e += threads) {
        leftTile[e] = cotangentOf(firstWindow + e / tileDepth, group, start + e % tileDepth);
      }
      for (var e = i32(localIndex); e < tileDepth * tileVectors; e += threads) {
        let output = start + e / tileVectors;
        let channel = firstChannel + e % tileVectors * 4;
        rightTile[e] = vec4<f32>(
          weightOf(k, group, channel, endChannel, output), weightOf(k, group, channel + 1, endChannel, output),
          weightOf(k, group, channel + 2, endChannel, output), weightOf(k, group, channel + 3, endChannel, output));
      }
      workgroupBarrier();
      addProduct(&sums);
      workgroupBarrier();
    }
    return sums;
  }

  // Visits a tap of 32 windows: \`useSlope(window of the tile, row of the thread, channel, slope)\` is called for each channel of its offset group.
  var<workgroup> places: array<Place, ${32}>;

  fn eachSlope(firstWindow: i32, offsetGroup: i32, k: i32) {
    if (i32(localIndex) < tileSide) { places[localIndex] = placeOf(firstWindow + i32(localIndex), offsetGroup, k); }
    workgroupBarrier();
    let firstChannel = offsetGroup * uniforms.channelsOfOffsetGroup;
    let firstGroup = firstChannel / uniforms.channelsOfGroup;
    for (var t = 0; t < uniforms.groupsOfOffsetGroup; t++) {
      let group = firstGroup + t;
      let low = max(firstChannel, group * uniforms.channelsOfGroup);
      let high = min(firstChannel + uniforms.channelsOfOffsetGroup, (group + 1) * uniforms.channelsOfGroup);
      for (var start = 0; start < uniforms.longestRun; start += tileSide) {
        var slopes = slopesOf(firstWindow, k, group, low + start, high);
        for (var r = 0; r < 4; r++) {
          let place = places[tileRow() + r];
          for (var c = 0; c < 4; c++) {
            let channel = low + start + 4 * tileColumn() + c;
            if (channel < high) { useSlope(place, r, channel, slopes[r][c]); }
          }
        }
      }
    }
  }
`;
