import { finiteCode } from "./place.js";
import { numbersOfAxis } from "./roiAxes.js";

/**
 * The taps of bins: `Axis` as the program of {@link axesOf} wrote it, and one tap after the other, row by row as the definition goes.
 * Arrays: `axes`.
 */
export const roiTaps: string = `
  ${finiteCode}

  struct Axis { start: f32, step: f32, samples: f32, first: f32, taps: i32, weight: f32, slope: f32, image: i32 };
  // The weight is that in its sample, to be multiplied by the axis' own; the slope that of this weight, for a bin that moves by a pixel.
  struct Tap { pixel: i32, weight: f32, slope: f32 };

  fn axisOf(bin: i32, axis: i32) -> Axis {
    let at = ${numbersOfAxis} * (2 * bin + axis);
    return Axis(axes[at], axes[at + 1], axes[at + 2], axes[at + 3], i32(axes[at + 4]), axes[at + 5], axes[at + 6], i32(axes[at + 7]));
  }

  // Interpolated samples have two taps each.
  fn tapsOf(axis: Axis) -> i32 {
    return select(2 * axis.taps, axis.taps, uniforms.kind == 1);
  }

  fn tapOf(axis: Axis, t: i32, size: i32) -> Tap {
    if (uniforms.kind == 1) { return Tap(i32(axis.start) + t, 1.0, 0.0); }
    let end = f32(size - 1);
    let upper = t % 2;
    var y = 0.0;
    var used = false;
    var moves = false;
    if (uniforms.kind == 0) {
      let sample = axis.first + f32(t / 2);
      y = axis.start + (sample + 0.5) * axis.step / axis.samples;
      used = y >= -1.0 && y <= f32(size);
      moves = used && y >= 0.0 && y < end;
    } else {
      y = axis.start + f32(t / 2) * axis.step;
      used = y >= -0.5 && y <= end + 0.5;
    }
    y = clamp(y, 0.0, end);
    let pixel = floor(y);
    let share = y - pixel;
    if (uniforms.kind == 2) { moves = used && share != 0.0; }
    let weight = select(0.0, select(1.0 - share, share, upper == 1), used);
    let slope = select(0.0, select(-1.0, 1.0, upper == 1), moves);
    return Tap(min(i32(pixel) + upper, size - 1), weight, slope);
  }

  // The first channel of a pixel of the bin's image.
  fn pixelAt(image: i32, row: i32, column: i32) -> i32 {
    return ((image * uniforms.inHeight + row) * uniforms.inWidth + column) * uniforms.inChannels;
  }

  // The group of channels that a bin reads; the bins of a place are as many as there are classes.
  fn groupOf(place: i32) -> i32 {
    let q = place % uniforms.columns;
    let p = place / uniforms.columns % uniforms.rows;
    return p * uniforms.groupRows / uniforms.rows * uniforms.groupColumns + q * uniforms.groupColumns / uniforms.columns;
  }

  // Of an element of the result, its bin and the channel that it reads.
  struct Element { bin: i32, channel: i32 };

  fn elementOf(index: i32) -> Element {
    let groups = uniforms.groupRows * uniforms.groupColumns;
    let outputs = uniforms.inChannels / groups;
    let output = index % outputs;
    let place = index / outputs;
    let class_ = output / (outputs / uniforms.classes);
    return Element(place * uniforms.classes + class_, output * groups + groupOf(place));
  }

  fn undefinedNumber() -> f32 {
    return bitcast<f32>(uniforms.undefinedBits);
  }
`;
