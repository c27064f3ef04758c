import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { addCode, zerosOf } from "./atomicSum.js";
import { piecesOf, uniformsOf, windowsOf } from "./geometryOf.js";
import { placeCode } from "./place.js";
import type { ComputeBackend } from "./runProgram.js";
import { runProgram } from "./runProgram.js";
import { filterGroupsOf, slopeTile } from "./slopeTile.js";
import { tileProduct, tileSide } from "./tileProduct.js";

/** Tensors of the input's gradient. */
export interface InputGradientInputs {
  filter: TensorInfo;
  offset: TensorInfo;
  mask: TensorInfo | undefined;
  dy: TensorInfo;
}

/** A workgroup adds what one tap of 32 windows contributes. Windows share pixels. */
const code = `
  ${addCode}

  fn useSlope(place: Place, r: i32, channel: i32, slope: f32) {
    let masked = place.factor * slope;
    let above = place.first + channel;
    let below = above + uniforms.inWidth * uniforms.inChannels;
    let ly = place.ly;
    let lx = place.lx;
    if ((place.inside & 1) != 0) { addTo(above, (1.0 - ly) * (1.0 - lx) * masked); }
    if ((place.inside & 2) != 0) { addTo(above + uniforms.inChannels, (1.0 - ly) * lx * masked); }
    if ((place.inside & 4) != 0) { addTo(below, ly * (1.0 - lx) * masked); }
    if ((place.inside & 8) != 0) { addTo(below + uniforms.inChannels, ly * lx * masked); }
  }

  fn main(index: i32) {
    let unit = workgroupIndex();
    let tap = unit % (uniforms.offsetGroups * uniforms.taps);
    eachSlope(unit / (uniforms.offsetGroups * uniforms.taps) * tileSide, tap / uniforms.taps, tap % uniforms.taps);
  }
`;

/** The gradient in the image, which is also the transposed convolution of `dy`. */
export function inputGradient(backend: ComputeBackend, inputs: InputGradientInputs, g: DeformConvGeometry): TensorInfo {
  const { filter, offset, mask, dy } = inputs;
  const outputShape = [g.batch, g.inHeight, g.inWidth, g.inChannels];
  return runProgram(backend, {
    name: "InputGradient",
    uniforms: { ...uniformsOf(g, mask), ...filterGroupsOf(g) },
    inputs: { weights: filter, offsets: offset, cotangents: dy, factors: mask ?? offset },
    outputShape,
    workgroups: piecesOf(windowsOf(g), tileSide) * g.offsetGroups * g.kernelHeight * g.kernelWidth,
    code: tileProduct + placeCode + slopeTile + code,
    atomicOutput: zerosOf(backend, outputShape),
  });
}
