import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import type { ParameterGradients } from "../deformConv2d/kernels.js";
import type { ForwardInputs } from "./forward.js";
import { piecesOf, uniformsOf, windowsOf } from "./geometryOf.js";
import { placeCode, sampleCode } from "./place.js";
import type { ComputeBackend } from "./runProgram.js";
import { runProgram, sizeOf, threads } from "./runProgram.js";
import { filterGroupsOf, slopeTile } from "./slopeTile.js";
import { tileProduct, tileSide } from "./tileProduct.js";

/** A workgroup makes the gradients of one tap of 32 windows: first those of all offsets, behind them those of all masks. */
const code = `
  var<private> totals: array<vec3<f32>, 4>;
  var<workgroup> totalsOfTile: array<vec3<f32>, ${tileSide * 8}>;

  fn useSlope(place: Place, r: i32, channel: i32, slope: f32) {
    let pixels = pixelsOf(place, channel);
    let alongY = (1.0 - place.lx) * (pixels.z - pixels.x) + place.lx * (pixels.w - pixels.y);
    let alongX = (1.0 - place.ly) * (pixels.y - pixels.x) + place.ly * (pixels.w - pixels.z);
    let sample = between(pixels, place.ly, place.lx);
    totals[r] += slope * vec3<f32>(place.factor * alongY, place.factor * alongX, sample);
  }

  fn main(index: i32) {
    let unit = workgroupIndex();
    let tap = unit % (uniforms.offsetGroups * uniforms.taps);
    let firstWindow = unit / (uniforms.offsetGroups * uniforms.taps) * tileSide;
    eachSlope(firstWindow, tap / uniforms.taps, tap % uniforms.taps);
    for (var r = 0; r < 4; r++) {
      totalsOfTile[(tileRow() + r) * tileVectors + tileColumn()] = totals[r];
    }
    workgroupBarrier();
    let window = firstWindow + i32(localIndex);
    if (i32(localIndex) < tileSide && window < uniforms.windows) {
      var total = vec3<f32>(0.0);
      for (var v = 0; v < tileVectors; v++) { total += totalsOfTile[i32(localIndex) * tileVectors + v]; }
      let at = window * uniforms.offsetGroups * uniforms.taps + tap;
      result[2 * at] = total.x;
      result[2 * at + 1] = total.y;
      result[2 * uniforms.windows * uniforms.offsetGroups * uniforms.taps + at] = total.z;
    }
  }
`;

const copy = `
  fn main(index: i32) {
    if (index < uniforms.elements) { result[index] = whole[uniforms.start + index]; }
  }
`;

function part(backend: ComputeBackend, whole: TensorInfo, start: number, outputShape: number[]): TensorInfo {
  const elements = sizeOf(outputShape);
  return runProgram(backend, {
    name: "Part",
    uniforms: { start, elements },
    inputs: { whole },
    outputShape,
    workgroups: piecesOf(elements, threads),
    code: copy,
  });
}

/** The gradients in offset and mask. */
export function branchGradients(
  backend: ComputeBackend,
  inputs: ForwardInputs & { dy: TensorInfo },
  g: DeformConvGeometry,
): Omit<ParameterGradients<TensorInfo>, "filter"> {
  const { x, filter, offset, mask, dy } = inputs;
  const tapsOfWindow = g.offsetGroups * g.kernelHeight * g.kernelWidth;
  const grid = [g.batch, g.outHeight, g.outWidth];
  const taps = windowsOf(g) * tapsOfWindow;
  const both = runProgram(backend, {
    name: "BranchGradients",
    uniforms: { ...uniformsOf(g, mask), ...filterGroupsOf(g) },
    inputs: { images: x, weights: filter, offsets: offset, cotangents: dy, factors: mask ?? offset },
    outputShape: [3 * taps],
    workgroups: piecesOf(windowsOf(g), tileSide) * tapsOfWindow,
    code: tileProduct + placeCode + sampleCode + slopeTile + code,
  });
  const result = {
    offset: part(backend, both, 0, [...grid, 2 * tapsOfWindow]),
    mask: part(backend, both, 2 * taps, [...grid, tapsOfWindow]),
  };
  backend.disposeData(both.dataId);
  return result;
}
