import type { TensorInfo } from "@tensorflow/tfjs-core";
import { piecesOf } from "./geometryOf.js";
import type { ComputeBackend } from "./runProgram.js";
import { runProgram, sizeOf, threads } from "./runProgram.js";

/**
 * Adds to an atomic result. WebGPU has no atomic addition of floats: the sum is exchanged only if nobody else has changed it meanwhile, and
 * else tried again. So the order of the terms may differ from run to run.
 */
export const addCode = `
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
`;

const zero = `
  fn main(index: i32) {
    if (index < uniforms.elements) { result[index] = 0.0; }
  }
`;

/** What a sum begins with. */
export function zerosOf(backend: ComputeBackend, outputShape: number[]): TensorInfo {
  const elements = sizeOf(outputShape);
  return runProgram(backend, {
    name: "Zero",
    uniforms: { elements },
    inputs: {},
    outputShape,
    workgroups: piecesOf(elements, threads),
    code: zero,
  });
}
