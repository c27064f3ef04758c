import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { RoiLayout } from "../roi/layout.js";
import { shapeOf } from "../roi/layout.js";
import type { RoiKernels } from "../roi/roiKernels.js";
import { addCode, zerosOf } from "./atomicSum.js";
import { piecesOf } from "./geometryOf.js";
import type { Places } from "./roiAxes.js";
import { axesOf, binsOf, layoutUniforms } from "./roiAxes.js";
import { roiTaps } from "./roiTaps.js";
import type { ComputeBackend, Program } from "./runProgram.js";
import { runProgram, sizeOf, threads } from "./runProgram.js";

/** Visits the taps of a bin; `use` is run with `row`, `column`, their `weight` and the index `at` of the pixel's channel. */
const eachTap = (use: string): string => `
  let alongY = axisOf(element.bin, 0);
  let alongX = axisOf(element.bin, 1);
  for (var i = 0; i < tapsOf(alongY); i++) {
    let row = tapOf(alongY, i, uniforms.inHeight);
    for (var j = 0; j < tapsOf(alongX); j++) {
      let column = tapOf(alongX, j, uniforms.inWidth);
      let at = pixelAt(alongY.image, row.pixel, column.pixel) + element.channel;
      ${use}
    }
  }
`;

/** The image of a bin, or the end of the program where there is none. */
const unlessMissing = (otherwise: string): string => `
  if (index >= uniforms.elements) { return; }
  let element = elementOf(index);
  if (axisOf(element.bin, 0).image < 0) { ${otherwise} return; }
`;

const sums = `
  fn main(index: i32) {
    ${unlessMissing("result[index] = undefinedNumber();")}
    var sum = 0.0;
    ${eachTap("if (row.weight * column.weight != 0.0) { sum += row.weight * column.weight * images[at]; }")}
    result[index] = sum * alongY.weight * alongX.weight;
  }
`;

const gradient = `
  ${addCode}

  fn main(index: i32) {
    ${unlessMissing("")}
    ${eachTap("addTo(at, row.weight * column.weight * (alongY.weight * alongX.weight * cotangents[index]));")}
  }
`;

/** A bin and an axis each: its channels in turn. */
const offsetGradient = `
  fn main(index: i32) {
    if (index >= uniforms.elements) { return; }
    let bin = index / 2;
    result[index] = 0.0;
    if (axisOf(bin, 0).image < 0) { return; }
    let groups = uniforms.groupRows * uniforms.groupColumns;
    let perClass = uniforms.inChannels / groups / uniforms.classes;
    let first = bin * perClass;
    var sum = 0.0;
    for (var c = 0; c < perClass; c++) {
      let element = elementOf(first + c);
      ${eachTap(`
        let share = select(row.weight * column.slope, row.slope * column.weight, index % 2 == 0);
        if (share != 0.0) { sum += share * images[at] * cotangents[first + c]; }
      `)}
    }
    let factor = axisOf(bin, 0).weight * axisOf(bin, 1).weight;
    result[index] = factor * axisOf(bin, index % 2).slope * sum;
  }
`;

/** Finds the largest product: that of the first of equals, or of the first that is NaN. */
const findMaximum = `
  var best = 0.0;
  var place = -1;
  var share = 0.0;
  ${eachTap(`
    let weight = row.weight * column.weight;
    let value = weight * images[at];
    if (place < 0 || (value > best && !isNotNumber(best)) || (isNotNumber(value) && !isNotNumber(best))) {
      best = value;
      place = at;
      share = weight;
    }
  `)}
`;

const notNumber = `
  // By bits: compilers may take for granted that no number is NaN.
  fn isNotNumber(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
  }
`;

const maxima = `
  ${notNumber}

  fn main(index: i32) {
    ${unlessMissing("result[index] = undefinedNumber();")}
    ${findMaximum}
    result[index] = best;
  }
`;

const maximaGradient = `
  ${notNumber}
  ${addCode}

  fn main(index: i32) {
    ${unlessMissing("")}
    ${findMaximum}
    if (place >= 0) { addTo(place, share * cotangents[index]); }
  }
`;

/** Runs a program on the axes of all bins, one thread an element of the result or a bin and axis. */
function runOnBins(
  backend: ComputeBackend,
  places: Places,
  layout: RoiLayout,
  program: Pick<Program, "name" | "inputs" | "outputShape" | "code" | "atomicOutput"> & { elements: number },
): TensorInfo {
  const { elements, inputs, code, ...rest } = program;
  const axes = axesOf(backend, places, layout);
  const result = runProgram(backend, {
    ...rest,
    // The bits of NaN: a shader may not have it as a constant.
    uniforms: { ...layoutUniforms(layout), elements, undefinedBits: 0x7fc00000 },
    inputs: { axes, ...inputs },
    workgroups: piecesOf(elements, threads),
    code: roiTaps + code,
  });
  backend.disposeData(axes.dataId);
  return result;
}

/** Kernels of poolings of RoIs, which are cut into bins on the device: one thread an element, and the values of RoIs are never read. */
export function roiKernels(backend: ComputeBackend): RoiKernels<TensorInfo> {
  return {
    sums: ({ x, ...places }, layout) => {
      const outputShape = shapeOf(layout);
      const elements = sizeOf(outputShape);
      return runOnBins(backend, places, layout, {
        name: "RoiSums",
        inputs: { images: x },
        outputShape,
        elements,
        code: sums,
      });
    },
    gradient: ({ dy, ...places }, layout) => {
      const outputShape = [...layout.image];
      return runOnBins(backend, places, layout, {
        name: "RoiGradient",
        inputs: { cotangents: dy },
        outputShape,
        elements: sizeOf(shapeOf(layout)),
        code: gradient,
        atomicOutput: zerosOf(backend, outputShape),
      });
    },
    offsetGradient: ({ x, dy, ...places }, layout) => {
      const outputShape = [binsOf(layout), 2];
      return runOnBins(backend, places, layout, {
        name: "RoiOffsetGradient",
        inputs: { images: x, cotangents: dy },
        outputShape,
        elements: sizeOf(outputShape),
        code: offsetGradient,
      });
    },
    maxima: ({ x, ...places }, layout) => {
      const outputShape = shapeOf(layout);
      const elements = sizeOf(outputShape);
      return runOnBins(backend, places, layout, {
        name: "RoiMaxima",
        inputs: { images: x },
        outputShape,
        elements,
        code: maxima,
      });
    },
    maximaGradient: ({ x, dy, ...places }, layout) => {
      const outputShape = [...layout.image];
      return runOnBins(backend, places, layout, {
        name: "RoiMaximaGradient",
        inputs: { images: x, cotangents: dy },
        outputShape,
        elements: sizeOf(shapeOf(layout)),
        code: maximaGradient,
        atomicOutput: zerosOf(backend, outputShape),
      });
    },
  };
}
