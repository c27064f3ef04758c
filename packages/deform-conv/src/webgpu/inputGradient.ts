import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { piecesOf, uniformsOf, windowsOf } from "./geometryOf.js";
import { placeCode } from "./place.js";
import type { ComputeBackend } from "./runProgram.js";
import { runProgram, sizeOf, threads } from "./runProgram.js";
import { filterGroupsOf, slopeTile } from "./slopeTile.js";
import { tileProduct, tileSide } from "./tileProduct.js";

/** Tensors of the input's gradient. */
export interface InputGradientInputs {
  filter: TensorInfo;
  offset: TensorInfo;
  mask: TensorInfo | undefined;
  dy: TensorInfo;
}

/**
 * A workgroup adds what one tap of 32 windows contributes. Windows share pixels, and WebGPU has no atomic addition of floats: the sum is
 * exchanged only if nobody else has changed it meanwhile, and else tried again. So the order of the terms may differ from run to run.
 */
const code = `
  fn addTo(at: i32, value: f32) {
    // Of a tap on a pixel's centre, as all are when training starts, three shares are 0.
    if ((bitcast<u32>(value) & 0x7fffffffu) == 0u) { return; }
    var old = atomicLoad(&result[at]);
    loop {
      let exchange = atomicCompareExchangeWeak(&result[at], old, bitcast<i32>(bitcast<f32>(old) + value));
      if (exchange.exchanged) { break; }
      old = exchange.old_value;
    }
  }

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

const zero = `
  fn main(index: i32) {
    if (index < uniforms.elements) { result[index] = 0.0; }
  }
`;

/** The gradient in the image, which is also the transposed convolution of `dy`. */
export function inputGradient(backend: ComputeBackend, inputs: InputGradientInputs, g: DeformConvGeometry): TensorInfo {
  const { filter, offset, mask, dy } = inputs;
  const outputShape = [g.batch, g.inHeight, g.inWidth, g.inChannels];
  const elements = sizeOf(outputShape);
  const zeros = runProgram(backend, {
    name: "Zero",
    uniforms: { elements },
    inputs: {},
    outputShape,
    workgroups: piecesOf(elements, threads),
    code: zero,
  });
  return runProgram(backend, {
    name: "InputGradient",
    uniforms: { ...uniformsOf(g, mask), ...filterGroupsOf(g) },
    inputs: { weights: filter, offsets: offset, cotangents: dy, factors: mask ?? offset },
    outputShape,
    workgroups: piecesOf(windowsOf(g), tileSide) * g.offsetGroups * g.kernelHeight * g.kernelWidth,
    code: tileProduct + placeCode + slopeTile + code,
    atomicOutput: zeros,
  });
}
