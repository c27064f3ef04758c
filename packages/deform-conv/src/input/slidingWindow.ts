import { ArgumentError, expectNumber, ShapeError } from "@ddl/core";

/** Space around an image: by name, the same on all sides, or `[[top, bottom], [left, right]]`. */
export type Padding = "same" | "valid" | number | readonly [readonly [number, number], readonly [number, number]];

/** How a window slides over an image. */
export interface WindowOptions {
  /** Steps between windows, one number or `[y, x]`, integers ≥ 1. Default 1. */
  strides?: number | readonly [number, number];
  /**
   * `"valid"` (default, none), `"same"` (tfjs's: the result has ⌈size / stride⌉ rows and columns), pixels on all sides, or
   * `[[top, bottom], [left, right]]`.
   */
  padding?: Padding;
  /** Distances between the taps of a window, one number or `[y, x]`, integers ≥ 1. Default 1. */
  dilations?: number | readonly [number, number];
}

/** A window along one axis. */
export interface WindowAxis {
  stride: number;
  dilation: number;
  /** Length of the window with its gaps. */
  extent: number;
  before: number;
  after: number;
}

/** A number for both axes, or one an axis. @throws ShapeError, RangeArgumentError */
export function pairOf(functionName: string, argument: string, value: unknown, min: number): [number, number] {
  if (Array.isArray(value)) {
    if (value.length !== 2) {
      const expected = "be a number or have 2 entries [y, x]";
      throw new ShapeError({ functionName, argument, expected, received: value });
    }
    return value.map((entry) => expectNumber(functionName, argument, entry, { integer: true, min })) as [
      number,
      number,
    ];
  }
  const both = expectNumber(functionName, argument, value, { integer: true, min });
  return [both, both];
}

/**
 * Resolves options into a window an axis, rows first.
 * @param size rows and columns of the image, which `"same"` needs
 * @param kernel taps an axis
 * @throws ArgumentError, ShapeError, RangeArgumentError
 */
export function slidingWindow(
  functionName: string,
  size: readonly [number, number],
  kernel: readonly [number, number],
  { strides = 1, padding = "valid", dilations = 1 }: WindowOptions,
): [WindowAxis, WindowAxis] {
  const stride = pairOf(functionName, "strides", strides, 1);
  const dilation = pairOf(functionName, "dilations", dilations, 1);
  const axis = (k: 0 | 1): WindowAxis => {
    const extent = dilation[k] * (kernel[k] - 1) + 1;
    const [before, after] = paddingOf(functionName, padding, k, size[k], stride[k], extent);
    return { stride: stride[k], dilation: dilation[k], extent, before, after };
  };
  return [axis(0), axis(1)];
}

function paddingOf(
  functionName: string,
  padding: unknown,
  axis: 0 | 1,
  size: number,
  stride: number,
  extent: number,
): [number, number] {
  const bounds = { integer: true, min: 0 };
  if (padding === "valid") return [0, 0];
  if (padding === "same") {
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  if (typeof padding === "number") {
    const all = expectNumber(functionName, "padding", padding, bounds);
    return [all, all];
  }
  const nested = Array.isArray(padding) && padding.length === 2;
  if (!nested || !padding.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    const expected = 'be "same", "valid", a number or [[top, bottom], [left, right]]';
    throw new ArgumentError({ functionName, argument: "padding", expected, received: padding });
  }
  return padding[axis].map((entry: unknown) => expectNumber(functionName, "padding", entry, bounds)) as [
    number,
    number,
  ];
}

/** Windows that fit along an axis; below 1 there is none. */
export function windowCount(size: number, { stride, extent, before, after }: WindowAxis): number {
  return Math.floor((size + before + after - extent) / stride) + 1;
}
