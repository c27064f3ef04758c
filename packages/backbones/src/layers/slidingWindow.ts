import { ArgumentError, expectNumber, ShapeError } from "@ddl/core";
import type { Shape } from "@tensorflow/tfjs-layers";

/** A number for all axes, or one an axis. */
export type PerAxis = number | readonly number[];

/**
 * Space around an image or volume: `"valid"` none; `"same"` as tfjs has it, the odd pixel at the end; a number on all sides; a number an
 * axis, on both of its sides, as torch has it; or `[before, after]` an axis, as `[[top, bottom], [left, right]]`.
 */
export type Padding = "same" | "valid" | PerAxis | readonly (readonly [before: number, after: number])[];

/** A window along one axis. */
export interface WindowAxis {
  stride: number;
  dilation: number;
  taps: number;
  padding: Padding;
}

/** A number for all axes, or one an axis, as one an axis. @throws ShapeError, RangeArgumentError */
export function perAxis(functionName: string, argument: string, value: unknown, axes: number, min = 1): number[] {
  const bounds = { integer: true, min };
  if (!Array.isArray(value)) return new Array<number>(axes).fill(expectNumber(functionName, argument, value, bounds));
  if (value.length !== axes) {
    const expected = `be a number or have ${axes} entries, one an axis`;
    throw new ShapeError({ functionName, argument, expected, received: value });
  }
  return value.map((entry) => expectNumber(functionName, argument, entry, bounds));
}

/** Checks a padding and copies it, a number an axis as a pair an axis. @throws ArgumentError, RangeArgumentError */
export function expectPadding(functionName: string, padding: unknown, axes: number): Padding {
  const bounds = { integer: true, min: 0 };
  if (padding === "same" || padding === "valid") return padding;
  if (typeof padding === "number") return expectNumber(functionName, "padding", padding, bounds);
  const pairs = Array.isArray(padding) && padding.length === axes ? padding : [];
  const whole = pairs.every((pair) => typeof pair === "number" || (Array.isArray(pair) && pair.length === 2));
  if (pairs.length === 0 || !whole) {
    const expected = `be "same", "valid", a number, or ${axes} numbers or pairs [before, after], one an axis`;
    throw new ArgumentError({ functionName, argument: "padding", expected, received: padding });
  }
  return pairs.map((pair) =>
    (typeof pair === "number" ? [pair, pair] : pair).map((entry: unknown) =>
      expectNumber(functionName, "padding", entry, bounds),
    ),
  ) as unknown as Padding;
}

/** Length of a window with its gaps. */
function extentOf({ taps, dilation }: WindowAxis): number {
  return (taps - 1) * dilation + 1;
}

/** Pixels before and after an axis of some length. */
export function paddingOf(window: WindowAxis, axis: number, length: number): [before: number, after: number] {
  const { padding, stride } = window;
  if (padding === "valid") return [0, 0];
  if (padding === "same") {
    const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + extentOf(window) - length);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  if (typeof padding === "number") return [padding, padding];
  const [before, after] = padding[axis] as readonly [number, number];
  return [before, after];
}

/**
 * Windows along an axis: floor((length + padding − extent) / stride) + 1, or with `ceil` one more for a rest, unless it would begin
 * behind the pixels and the space before them. Below 1 there is none.
 */
export function windowCount(window: WindowAxis, axis: number, length: number, ceil = false): number {
  const [before, after] = paddingOf(window, axis, length);
  const { stride } = window;
  const steps = (length + before + after - extentOf(window)) / stride;
  const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
  return ceil && (count - 1) * stride >= length + before ? count - 1 : count;
}

/** The shape of what windows over an input make. @throws ShapeError if there is no window */
export function windowsShape(
  functionName: string,
  input: Shape,
  windows: readonly WindowAxis[],
  { channels, ceil = false }: { channels: number | null; ceil?: boolean },
): Shape {
  const counts = windows.map((window, axis) => {
    const length = input[axis + 1];
    return length == null ? null : windowCount(window, axis, length, ceil);
  });
  if (counts.some((count) => count !== null && count < 1)) {
    const expected = `hold a window of [${windows.map(extentOf).join(", ")}] pixels within its padding`;
    throw new ShapeError({ functionName, argument: "input", expected, received: input });
  }
  return [input[0] ?? null, ...counts, channels];
}
