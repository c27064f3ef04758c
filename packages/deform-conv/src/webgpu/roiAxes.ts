import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { RoiLayout } from "../roi/layout.js";
import { piecesOf } from "./geometryOf.js";
import { finiteCode } from "./place.js";
import type { ComputeBackend } from "./runProgram.js";
import { runProgram, threads } from "./runProgram.js";

/** RoIs and what moves their bins, as the backend knows them. */
export interface Places {
  rois: TensorInfo;
  offset?: TensorInfo | undefined;
}

/** How kinds of layouts are numbered in shaders. */
const kinds = { aligned: 0, rounded: 1, kept: 2 } as const;

/** Lengths of a layout as a shader is told them. */
export function layoutUniforms(layout: RoiLayout): Record<string, number> {
  const { image, outputSize, groupSize = [1, 1], classes = 1 } = layout;
  return {
    kind: kinds[layout.kind],
    count: layout.count,
    batch: image[0],
    inHeight: image[1],
    inWidth: image[2],
    inChannels: image[3],
    rows: outputSize[0],
    columns: outputSize[1],
    classes,
    groupRows: groupSize[0],
    groupColumns: groupSize[1],
  };
}

/** Bins of all RoIs, one for each class. */
export function binsOf({ count, outputSize, classes = 1 }: RoiLayout): number {
  return count * outputSize[0] * outputSize[1] * classes;
}

/** The bits of a float32, to pass it as a whole number. */
const bitsOf = (value: number): number => new Int32Array(Float32Array.of(value).buffer)[0]!;

/** Numbers that describe a bin along an axis: see `Axis` in {@link roiTaps}. */
export const numbersOfAxis = 8;

/**
 * For each bin and axis: what its taps are worked out from. Positions in float32, in torchvision's order of operations. Quotients are made
 * by long division: those of a graphics card may be off by some last bits, and a bin would have a sample more than on other backends.
 */
const code = `
  ${finiteCode}

  // a / n rounded to float32, for n origin 1 to 2^24.
  fn quotient(a: f32, n: i32) -> f32 {
    let bits = bitcast<u32>(a);
    let exponent = i32((bits >> 23u) & 255u);
    if (exponent == 0 || exponent == 255 || n == 1) { return a; }
    var rest = (bits & 0x7fffffu) | 0x800000u;
    let divisor = u32(n);
    // 26 bits of the quotient of a's digits, the first of them 1.
    var shift = 0;
    while (rest < divisor) { rest = rest << 1u; shift++; }
    var digits = rest / divisor;
    rest = rest % divisor;
    while (digits < 0x2000000u) {
      rest = rest << 1u;
      digits = digits << 1u;
      if (rest >= divisor) { rest -= divisor; digits |= 1u; }
      shift++;
    }
    // Half to even; below the last two bits all that counts is whether there is more.
    var rounded = digits >> 2u;
    let low = (digits & 3u) | select(0u, 1u, rest != 0u);
    if (low > 2u || (low == 2u && (rounded & 1u) == 1u)) { rounded++; }
    return select(1.0, -1.0, a < 0.0) * ldexp(f32(rounded), exponent - 150 - shift + 2);
  }

  fn roundHalfAway(value: f32) -> f32 {
    let whole = floor(abs(value));
    return sign(value) * (whole + select(0.0, 1.0, abs(value) - whole >= 0.5));
  }

  fn offsetOf(roi: i32, p: i32, q: i32, group: i32, axis: i32) -> f32 {
    if (uniforms.moved == 0) { return 0.0; }
    let partRow = p * uniforms.partRows / uniforms.rows;
    let partColumn = q * uniforms.partColumns / uniforms.columns;
    let part = (roi * uniforms.partRows + partRow) * uniforms.partColumns + partColumn;
    return offsets[2 * (part * uniforms.classes + group) + (axis ^ uniforms.xFirst)];
  }

  fn main(index: i32) {
    if (index >= uniforms.elements) { return; }
    let axis = index % 2;
    let bin = index / 2;
    let group = bin % uniforms.classes;
    let q = bin / uniforms.classes % uniforms.columns;
    let p = bin / uniforms.classes / uniforms.columns % uniforms.rows;
    let roi = bin / uniforms.classes / uniforms.columns / uniforms.rows;
    let place = select(q, p, axis == 0);
    let places = select(uniforms.columns, uniforms.rows, axis == 0);
    let size = f32(select(uniforms.inWidth, uniforms.inHeight, axis == 0));
    let scale = bitcast<f32>(uniforms.scaleBits);
    let gamma = bitcast<f32>(uniforms.gammaBits);

    var usable = true;
    for (var k = 0; k < 5; k++) { usable = usable && isFiniteNumber(boxes[5 * roi + k]); }
    let number = boxes[5 * roi];
    usable = usable && number >= 0.0 && number < f32(uniforms.batch) && number == floor(number);
    let low = boxes[5 * roi + 2 - axis];
    let high = boxes[5 * roi + 4 - axis];
    let shift = offsetOf(roi, p, q, group, axis);

    var origin = 0.0; // where the bin begins, or its first pixel
    var step = 0.0; // its length, or the distance of samples
    var samples = 0.0; // in the whole bin
    var first = 0.0; // number of the first sample that can lie inside
    var taps = 0; // samples or pixels from there on
    var weight = 0.0; // of each
    var slope = 0.0; // pixels that a unit of the offset moves the bin
    if (uniforms.kind == 0) {
      let half = select(0.0, 0.5, uniforms.aligned != 0);
      let start = low * scale - half;
      var length = (high * scale - half) - start;
      if (uniforms.aligned == 0) { length = max(length, 1.0); }
      step = quotient(length, places);
      samples = f32(uniforms.samples);
      if (uniforms.samples < 1) { samples = ceil(step); }
      slope = gamma * length;
      origin = (start + slope * shift) + f32(place) * step;
      if (isFiniteNumber(origin) && isFiniteNumber(step) && isFiniteNumber(shift) && samples >= 1.0) {
        var last = samples - 1.0;
        if (step != 0.0) {
          let one = (-1.0 - origin) / step * samples;
          let other = (size - origin) / step * samples;
          // Some to spare on both sides: positions are rounded. Not more for RoIs so far away that rounding leaves nothing of the image.
          let spare = min(2.0 + 1e-6 * (abs(one) + abs(other)), 64.0);
          first = max(0.0, floor(min(one, other) - spare));
          last = min(last, ceil(max(one, other) + spare));
        }
        taps = i32(clamp(last - first + 1.0, 0.0, 1e9));
        weight = 1.0 / samples;
      }
    } else if (uniforms.kind == 1) {
      let start = roundHalfAway(low * scale);
      let end = roundHalfAway(high * scale);
      let length = max(end - start + f32(uniforms.inclusive), 1.0);
      let last = size - f32(uniforms.clipToLast);
      step = quotient(length, places);
      if (isFiniteNumber(start) && isFiniteNumber(length)) {
        origin = clamp(floor(f32(place) * step) + start, 0.0, last);
        let to = clamp(ceil(f32(place + 1) * step) + start, 0.0, last);
        taps = i32(max(to - origin, 0.0));
        weight = 1.0 / max(to - origin, 1.0);
      }
    } else {
      let start = roundHalfAway(low) * scale - 0.5;
      let length = max(((roundHalfAway(high) + 1.0) * scale - 0.5) - start, 0.1);
      let part = quotient(length, places);
      slope = gamma * length;
      origin = (f32(place) * part + start) + shift * gamma * length;
      samples = f32(uniforms.samples);
      step = quotient(part, uniforms.samples);
      if (isFiniteNumber(origin) && isFiniteNumber(step) && isFiniteNumber(shift)) {
        taps = uniforms.samples;
        var kept = 0.0;
        for (var i = 0; i < taps; i++) {
          let y = origin + f32(i) * step;
          if (y >= -0.5 && y <= size - 0.5) { kept += 1.0; }
        }
        weight = 1.0 / max(kept, 1.0);
      }
    }
    let at = ${numbersOfAxis} * index;
    result[at] = origin;
    result[at + 1] = step;
    result[at + 2] = samples;
    result[at + 3] = first;
    result[at + 4] = f32(taps);
    result[at + 5] = weight;
    result[at + 6] = slope;
    result[at + 7] = select(-1.0, number, usable);
  }
`;

/** Works out the axes of all bins, (bins, 2, numbers). The caller disposes of them. */
export function axesOf(backend: ComputeBackend, { rois, offset }: Places, layout: RoiLayout): TensorInfo {
  const { spatialScale, gamma = 0, samplingRatio = -1, partSize = layout.outputSize } = layout;
  const elements = 2 * binsOf(layout);
  return runProgram(backend, {
    name: "RoiAxes",
    uniforms: {
      ...layoutUniforms(layout),
      elements,
      moved: offset === undefined ? 0 : 1,
      samples: samplingRatio,
      aligned: layout.aligned ? 1 : 0,
      inclusive: layout.inclusive ? 1 : 0,
      clipToLast: layout.clipToLast ? 1 : 0,
      partRows: partSize[0],
      partColumns: partSize[1],
      xFirst: layout.offsetOrder === "xy" ? 1 : 0,
      scaleBits: bitsOf(spatialScale),
      gammaBits: bitsOf(gamma),
    },
    inputs: { boxes: rois, offsets: offset ?? rois },
    outputShape: [elements, numbersOfAxis],
    workgroups: piecesOf(elements, threads),
    code,
  });
}
