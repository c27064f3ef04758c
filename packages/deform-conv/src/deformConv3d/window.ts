import { ArgumentError, expectNumber, ShapeError } from "@ddl/core";
import type { WindowAxis } from "../input/slidingWindow.js";

/** Three numbers: planes, rows, columns. */
type Triple = readonly [number, number, number];

/** Space around a volume: by name, the same on all sides, or `[[front, back], [top, bottom], [left, right]]`. */
export type VolumePadding =
  | "same"
  | "valid"
  | number
  | readonly [readonly [number, number], readonly [number, number], readonly [number, number]];

/** How a window slides over a volume. */
export interface VolumeWindowOptions {
  /** Steps between windows, one number or `[z, y, x]`, integers ≥ 1. Default 1. */
  strides?: number | Triple;
  /**
   * `"valid"` (default, none), `"same"` (the result has ⌈size / stride⌉ planes, rows and columns), voxels on all sides, or
   * `[[front, back], [top, bottom], [left, right]]`. `"same"` is TensorFlow's; `tf.conv3d` of tfjs 4.22 starts a voxel or more too late on
   * an axis where its padding would be negative, as 1 tap with stride 3 on 5 voxels.
   */
  padding?: VolumePadding;
  /** Distances between the taps of a window, one number or `[z, y, x]`, integers ≥ 1. Default 1. */
  dilations?: number | Triple;
}

function tripleOf(functionName: string, argument: string, value: unknown): number[] {
  const bounds = { integer: true, min: 1 };
  if (!Array.isArray(value)) return new Array(3).fill(expectNumber(functionName, argument, value, bounds));
  if (value.length !== 3) {
    const expected = "be a number or have 3 entries [z, y, x]";
    throw new ShapeError({ functionName, argument, expected, received: value });
  }
  return value.map((entry) => expectNumber(functionName, argument, entry, bounds));
}

/** Pairs before and after, an axis; of `"same"`, what a size, a stride and an extent need. */
function paddingOf(functionName: string, padding: unknown): "same" | number[][] {
  const bounds = { integer: true, min: 0 };
  if (padding === "same") return padding;
  if (padding === "valid") return new Array(3).fill([0, 0]);
  if (typeof padding === "number") {
    const all = expectNumber(functionName, "padding", padding, bounds);
    return new Array(3).fill([all, all]);
  }
  const nested = Array.isArray(padding) && padding.length === 3;
  if (!nested || !padding.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    const expected = 'be "same", "valid", a number or [[front, back], [top, bottom], [left, right]]';
    throw new ArgumentError({ functionName, argument: "padding", expected, received: padding });
  }
  return (padding as unknown[][]).map((pair) =>
    pair.map((entry) => expectNumber(functionName, "padding", entry, bounds)),
  );
}

/**
 * Resolves options into a window an axis: planes, rows, columns.
 * @throws ArgumentError, ShapeError, RangeArgumentError
 */
export function volumeWindow(
  functionName: string,
  size: readonly number[],
  kernel: readonly number[],
  { strides = 1, padding = "valid", dilations = 1 }: VolumeWindowOptions,
): WindowAxis[] {
  const stride = tripleOf(functionName, "strides", strides);
  const dilation = tripleOf(functionName, "dilations", dilations);
  const space = paddingOf(functionName, padding);
  return size.map((length, k) => {
    const extent = dilation[k]! * (kernel[k]! - 1) + 1;
    const total = Math.max((Math.ceil(length / stride[k]!) - 1) * stride[k]! + extent - length, 0);
    const [before, after] = space === "same" ? [Math.floor(total / 2), Math.ceil(total / 2)] : space[k]!;
    return { stride: stride[k]!, dilation: dilation[k]!, extent, before: before!, after: after! };
  });
}
