import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { columnTile, offsetGroupsOfTile } from "./columnTile.js";
import { piecesOf, uniformsOf, windowsOf } from "./geometryOf.js";
import type { ComputeBackend } from "./runProgram.js";
import { runProgram } from "./runProgram.js";
import { tileDepth, tileProduct, tileSide } from "./tileProduct.js";

/** Tensors of the forward pass, as the backend knows them. */
export interface ForwardInputs {
  x: TensorInfo;
  filter: TensorInfo;
  offset: TensorInfo;
  mask: TensorInfo | undefined;
}

/** A workgroup makes 32 outputs of 32 windows; samples exist in workgroup memory only, 16 channels of a tap at a time. */
const code = `
  fn weightOf(k: i32, group: i32, channel: i32, output: i32) -> f32 {
    if (channel >= uniforms.channelsOfGroup || output >= uniforms.outputsOfGroup) { return 0.0; }
    return weights[(k * uniforms.channelsOfGroup + channel) * uniforms.outChannels + group * uniforms.outputsOfGroup + output];
  }

  fn main(index: i32) {
    let unit = workgroupIndex();
    let block = unit % uniforms.outputBlocks;
    let firstWindow = unit / uniforms.outputBlocks * tileSide;
    let group = block / uniforms.blocksOfGroup;
    let firstOutput = block % uniforms.blocksOfGroup * tileSide;
    let endChannel = (group + 1) * uniforms.channelsOfGroup;
    var sums: array<vec4<f32>, 4>;
    for (var k = 0; k < uniforms.taps; k++) {
      for (var start = 0; start < uniforms.channelsOfGroup; start += tileDepth) {
        let firstChannel = group * uniforms.channelsOfGroup + start;
        findPlaces(firstWindow, firstChannel, k);
        for (var e = i32(localIndex); e < tileDepth * tileVectors; e += threads) {
          let channel = start + e / tileVectors;
          let output = firstOutput + e % tileVectors * 4;
          rightTile[e] = vec4<f32>(
            weightOf(k, group, channel, output), weightOf(k, group, channel, output + 1),
            weightOf(k, group, channel, output + 2), weightOf(k, group, channel, output + 3));
        }
        workgroupBarrier();
        for (var e = i32(localIndex); e < tileSide * tileDepth; e += threads) {
          leftTile[e] = columnOf(firstWindow, e / tileDepth, firstChannel, firstChannel + e % tileDepth, endChannel, k);
        }
        workgroupBarrier();
        addProduct(&sums);
        workgroupBarrier();
      }
    }
    for (var r = 0; r < 4; r++) {
      let window = firstWindow + tileRow() + r;
      for (var c = 0; c < 4; c++) {
        let output = firstOutput + 4 * tileColumn() + c;
        if (window < uniforms.windows && output < uniforms.outputsOfGroup) {
          result[window * uniforms.outChannels + group * uniforms.outputsOfGroup + output] = sums[r][c];
        }
      }
    }
  }
`;

/** The convolution. */
export function forward(backend: ComputeBackend, inputs: ForwardInputs, g: DeformConvGeometry): TensorInfo {
  const { x, filter, offset, mask } = inputs;
  const groupsOfTile = offsetGroupsOfTile(g, tileDepth);
  const blocksOfGroup = piecesOf(g.outChannels / g.groups, tileSide);
  const outputBlocks = g.groups * blocksOfGroup;
  return runProgram(backend, {
    name: "Forward",
    constants: { groupsOfTile },
    uniforms: { ...uniformsOf(g, mask), outputBlocks, blocksOfGroup },
    inputs: { images: x, weights: filter, offsets: offset, factors: mask ?? offset },
    outputShape: [g.batch, g.outHeight, g.outWidth, g.outChannels],
    workgroups: piecesOf(windowsOf(g), tileSide) * outputBlocks,
    code: tileProduct + columnTile(tileSide, groupsOfTile) + code,
  });
}
