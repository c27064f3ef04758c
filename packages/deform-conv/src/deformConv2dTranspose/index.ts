import { ArgumentError, expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { add } from "@tensorflow/tfjs-core";
import { biasGradient } from "../deformConv2d/biasGradient.js";
import type { DeformConvOptions } from "../deformConv2d/geometry.js";
import { deformConvGeometry, expectBranches, filterAxes } from "../deformConv2d/geometry.js";
import { implementationFor } from "../deformConv2d/implementation.js";
import { differentiable } from "../input/differentiable.js";
import { expectTensor } from "../input/expectTensor.js";
import type { WindowAxis, WindowOptions } from "../input/slidingWindow.js";
import { slidingWindow, windowCount } from "../input/slidingWindow.js";

/** Options of {@link deformConv2dTranspose}: those of the convolution it transposes, and what its result's shape needs. */
export interface DeformConv2dTransposeOptions extends DeformConvOptions {
  /** Groups of the filter; the result has groups · (third axis of the filter) channels. Default 1. */
  groups?: number;
  /**
   * Rows and columns of the result, of which the windows must make exactly the grid of y. Default: with padding `"same"` those of y times
   * the strides, else (rows − 1) · stride + extent of the window − padding, the least that fits.
   */
  outputShape?: readonly [number, number];
}

const name = "deformConv2dTranspose";

/** Rows and columns of the result, and the windows over them. */
function placeWindows(
  y: readonly [number, number],
  kernel: readonly [number, number],
  window: WindowOptions,
  outputShape: unknown,
): { size: [number, number]; axes: [WindowAxis, WindowAxis] } {
  const least = (axis: WindowAxis, count: number): number =>
    window.padding === "same"
      ? count * axis.stride
      : (count - 1) * axis.stride + axis.extent - axis.before - axis.after;
  const [rows, columns] = slidingWindow(name, y, kernel, window);
  let size: [number, number] = [least(rows, y[0]), least(columns, y[1])];
  if (outputShape !== undefined) {
    if (!Array.isArray(outputShape) || outputShape.length !== 2) {
      const expected = "have 2 entries [height, width]";
      throw new ArgumentError({ functionName: name, argument: "outputShape", expected, received: outputShape });
    }
    size = outputShape.map((n: unknown) =>
      expectNumber(name, "outputShape", n, { integer: true, min: 1 }),
    ) as typeof size;
  } else if (size[0] < 1 || size[1] < 1) {
    const expected = `leave a row and a column of the result, which would be [${size.join(", ")}]`;
    throw new ArgumentError({ functionName: name, argument: "padding", expected, received: window.padding });
  }
  const axes = slidingWindow(name, size, kernel, window);
  const grid = [windowCount(size[0], axes[0]), windowCount(size[1], axes[1])];
  if (grid[0] !== y[0] || grid[1] !== y[1]) {
    const expected = `have [${y.join(", ")}] windows, as many as y has rows and columns, not [${grid.join(", ")}]`;
    throw new ShapeError({ functionName: name, argument: "outputShape", expected, received: size });
  }
  return { size, axes };
}

/**
 * Transposed deformable convolution: the exact adjoint of `deformConv2d` in its image. Each value of y is spread over the taps of its
 * window, each tap to the four pixels around its place plus its offset, with bilinear weights; what falls outside is dropped.
 *
 * Filter, offset, mask and options are those of the `deformConv2d` it transposes, so offset and mask lie on the grid of y and an offset
 * counts pixels of the result: it says where a value is written. With zero offsets this is `tf.conv2dTranspose`. Bias is added last.
 * Gradients of y, filter, offset, mask and bias, once; a tap whose offset is not finite writes nothing and has no gradient.
 *
 * Published variants differ: some predict offsets on the finer grid and read there, or put zeros between the values of y and convolve
 * deformably, which dims values as offsets move; neither is an adjoint. Deformably-scaled transposed convolution (Blumberg et al. 2022)
 * also learns how far beyond the four pixels a value spreads.
 *
 * Time grows with windows · K · channels · outputs; backends without a kernel of their own hold 4·K·channels floats a window.
 * @param y image, (batch, height, width, outChannels), float32, height and width at least 1
 * @param filter (kernelHeight, kernelWidth, channels of the result / groups, outChannels)
 * @param offset (batch, height, width, 2·K·offsetGroups), the grid of y; the last axis is (offset group, tap row by row, [dy, dx])
 * @returns (batch, rows, columns, channels)
 * @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError
 * @example `deformConv2dTranspose(tf.ones([1, 5, 6, 8]), tf.ones([2, 2, 3, 8]), tf.zeros([1, 5, 6, 8]), { strides: 2 }) // [1, 10, 12, 3]`
 *
 * Source: the adjoint of Dai et al. 2017 (`dai2017`), equation 2; of Zhu et al. 2019 (`zhu2019deformable`), equation 1, with a mask.
 */
export function deformConv2dTranspose(
  y: Tensor,
  filter: Tensor,
  offset: Tensor,
  options: DeformConv2dTransposeOptions = {},
): Tensor4D {
  const keys = ["mask", "bias", "strides", "padding", "dilations", "groups", "offsetGroups", "outputShape"] as const;
  const { mask, bias, groups = 1, offsetGroups = 1, outputShape, ...window } = expectOptions(name, options, keys);
  expectTensor(name, "filter", filter, [-1, -1, -1, -1], filterAxes);
  const [kernelHeight, kernelWidth, perGroup, outChannels] = filter.shape as [number, number, number, number];
  if (filter.size === 0) {
    const expected = `have no axis of length 0 (${filterAxes})`;
    throw new ShapeError({ functionName: name, argument: "filter", expected, received: filter.shape });
  }
  expectTensor(name, "y", y, [-1, -1, -1, outChannels], "batch, height, width, outChannels of the filter");
  const [batch, height, width] = y.shape as [number, number, number, number];
  if (height * width === 0) {
    const expected = "have at least one row and column (batch, height, width, outChannels)";
    throw new ShapeError({ functionName: name, argument: "y", expected, received: y.shape });
  }
  expectNumber(name, "groups", groups, { integer: true, min: 1 });
  const { size, axes } = placeWindows([height, width], [kernelHeight, kernelWidth], window, outputShape);
  const sizes = { batch, in: size, out: [height, width] } as const;
  const geometry = deformConvGeometry(name, filter, sizes, perGroup * groups, offsetGroups, axes);
  expectBranches(name, geometry, offset, { ...(mask && { mask }), ...(bias && { bias }) }, geometry.inChannels);
  const { forward, inputGradient, parameterGradients } = implementationFor(geometry);
  return differentiable(
    { y, filter, offset, mask, bias },
    (inputs) => {
      const value = inputGradient({ ...inputs, dy: inputs.y }, geometry);
      return inputs.bias === undefined ? value : add(value, inputs.bias);
    },
    // ⟨Aᵀy, d⟩ = ⟨y, Ad⟩: the image of the convolution is d, and y is the gradient of its result.
    (inputs, d) => ({
      ...parameterGradients({ ...inputs, x: d, dy: inputs.y }, geometry),
      y: forward({ ...inputs, x: d }, geometry),
      bias: biasGradient(d),
    }),
  ) as Tensor4D;
}
