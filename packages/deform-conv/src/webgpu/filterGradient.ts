import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { columnTile, offsetGroupsOfTile } from "./columnTile.js";
import { piecesOf, uniformsOf, windowsOf } from "./geometryOf.js";
import type { ComputeBackend } from "./runProgram.js";
import { runProgram, sizeOf, threads } from "./runProgram.js";
import { tileDepth, tileProduct, tileSide } from "./tileProduct.js";

/** Tensors of the filter's gradient. */
export interface FilterGradientInputs {
  x: TensorInfo;
  filter: TensorInfo;
  offset: TensorInfo;
  mask: TensorInfo | undefined;
  dy: TensorInfo;
}

/** A workgroup makes 32 channels × 32 outputs of one tap, from a share of the windows, 16 at a time. */
const code = `
  fn cotangentOf(window: i32, group: i32, output: i32) -> f32 {
    if (window >= uniforms.windows || output >= uniforms.outputsOfGroup) { return 0.0; }
    return cotangents[window * uniforms.outChannels + group * uniforms.outputsOfGroup + output];
  }

  fn main(index: i32) {
    var unit = workgroupIndex();
    let firstOutput = unit % uniforms.outputBlocks * tileSide;
    unit /= uniforms.outputBlocks;
    let group = unit % uniforms.channelBlocks / uniforms.blocksOfGroup;
    let firstOfGroup = unit % uniforms.channelBlocks % uniforms.blocksOfGroup * tileSide;
    unit /= uniforms.channelBlocks;
    let k = unit % uniforms.taps;
    let share = unit / uniforms.taps;
    let firstChannel = group * uniforms.channelsOfGroup + firstOfGroup;
    let endChannel = (group + 1) * uniforms.channelsOfGroup;
    var sums: array<vec4<f32>, 4>;
    for (var step = 0; step < uniforms.steps; step++) {
      let firstWindow = (share * uniforms.steps + step) * tileDepth;
      findPlaces(firstWindow, firstChannel, k);
      for (var e = i32(localIndex); e < tileDepth * tileVectors; e += threads) {
        let window = firstWindow + e / tileVectors;
        let output = firstOutput + e % tileVectors * 4;
        rightTile[e] = vec4<f32>(
          cotangentOf(window, group, output), cotangentOf(window, group, output + 1),
          cotangentOf(window, group, output + 2), cotangentOf(window, group, output + 3));
      }
      workgroupBarrier();
      for (var e = i32(localIndex); e < tileSide * tileDepth; e += threads) {
        let window = e / tileSide;
        let row = e % tileSide;
        leftTile[row * tileDepth + window] = columnOf(firstWindow, window, firstChannel, firstChannel + row, endChannel, k);
      }
      workgroupBarrier();
      addProduct(&sums);
      workgroupBarrier();
    }
    for (var r = 0; r < 4; r++) {
      let channel = firstOfGroup + tileRow() + r;
      for (var c = 0; c < 4; c++) {
        let output = firstOutput + 4 * tileColumn() + c;
        if (share < uniforms.shares && channel < uniforms.channelsOfGroup && output < uniforms.outputsOfGroup) {
          let at = ((share * uniforms.taps + k) * uniforms.channelsOfGroup + channel) * uniforms.outChannels + group * uniforms.outputsOfGroup + output;
          result[at] = sums[r][c];
        }
      }
    }
  }
`;

const sum = `
  fn main(index: i32) {
    if (index < uniforms.elements) {
      var total = 0.0;
      for (var share = 0; share < uniforms.shares; share++) { total += parts[share * uniforms.elements + index]; }
      result[index] = total;
    }
  }
`;

/** Workgroups that keep a device busy. */
const enoughWorkgroups = 512;
/** Fewer windows than this are not worth a workgroup. */
const fewestWindows = 256;
/** Elements of all shares together, 16 MiB. */
const mostElements = 2 ** 22;

/** The gradient in the filter: of shares of the windows, each by workgroups of its own, and then their sum. */
export function filterGradient(
  backend: ComputeBackend,
  inputs: FilterGradientInputs,
  g: DeformConvGeometry,
): TensorInfo {
  const { x, filter, offset, mask, dy } = inputs;
  const elements = sizeOf(filter.shape);
  const groupsOfTile = offsetGroupsOfTile(g, tileSide);
  const blocksOfGroup = piecesOf(g.inChannels / g.groups, tileSide);
  const outputBlocks = piecesOf(g.outChannels / g.groups, tileSide);
  const channelBlocks = g.groups * blocksOfGroup;
  const workgroups = g.kernelHeight * g.kernelWidth * channelBlocks * outputBlocks;
  const most = Math.min(
    piecesOf(enoughWorkgroups, workgroups),
    piecesOf(windowsOf(g), fewestWindows),
    Math.floor(mostElements / elements),
  );
  const steps = piecesOf(windowsOf(g), Math.max(1, most) * tileDepth);
  const shares = piecesOf(windowsOf(g), steps * tileDepth);
  const parts = runProgram(backend, {
    name: "FilterGradient",
    constants: { groupsOfTile },
    uniforms: { ...uniformsOf(g, mask), channelBlocks, blocksOfGroup, outputBlocks, steps, shares },
    inputs: { images: x, offsets: offset, cotangents: dy, factors: mask ?? offset },
    outputShape: shares === 1 ? filter.shape : [shares, elements],
    workgroups: workgroups * shares,
    code: tileProduct + columnTile(tileDepth, groupsOfTile) + code,
  });
  if (shares === 1) return parts;
  const total = runProgram(backend, {
    name: "Sum",
    uniforms: { elements, shares },
    inputs: { parts },
    outputShape: filter.shape,
    workgroups: piecesOf(elements, threads),
    code: sum,
  });
  backend.disposeData(parts.dataId);
  return total;
}
