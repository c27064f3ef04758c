import { ArgumentError, expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { tidy } from "@tensorflow/tfjs-core";
import type { DeformConv2dOptions } from "../deformConv2d/index.js";
import { biasFrom, filterFrom, imageFrom } from "./channelsLast.js";

/** Attributes of ONNX's DeformConv by their names there; for images, hence two axes. */
export interface OnnxAttributes {
  /** `[y, x]`. Default `[1, 1]`. */
  dilations?: readonly number[];
  /** Groups of the filter. Default 1. */
  group?: number;
  /** Must be the filter's. */
  kernel_shape?: readonly number[];
  /** Default 1. */
  offset_group?: number;
  /** `[top, left, bottom, right]`. Default none. */
  pads?: readonly number[];
  /** `[y, x]`. Default `[1, 1]`. */
  strides?: readonly number[];
}

/** What `deformConv2d` takes. */
export interface OnnxCall {
  x: Tensor;
  filter: Tensor;
  offset: Tensor;
  options: DeformConv2dOptions;
}

/**
 * Turns inputs and attributes of a node DeformConv of ONNX (operator sets 19 and 22) into what `deformConv2d` takes.
 *
 * @param inputs X, W, offset, B, mask as the node has them, float32; `undefined` or left out where it has none
 * @param attributes the node's
 * @returns new tensors, channels last, and options
 * @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError, among others for other than two axes
 * @example
 * ```ts
 * const { x, filter, offset, options } = fromOnnx([X, W, offsets, undefined, mask], { pads: [1, 0, 1, 0], offset_group: 2 });
 * const y = deformConv2d(x, filter, offset, options); // channels last
 * ```
 */
export function fromOnnx(inputs: readonly (Tensor | undefined)[], attributes: OnnxAttributes = {}): OnnxCall {
  const name = "fromOnnx";
  if (!Array.isArray(inputs) || inputs.length < 3 || inputs.length > 5) {
    const expected = "be a list of 3 to 5 inputs (X, W, offset, B, mask)";
    throw new ArgumentError({ functionName: name, argument: "inputs", expected, received: inputs });
  }
  const known = ["dilations", "group", "kernel_shape", "offset_group", "pads", "strides"] as const;
  const {
    dilations,
    group = 1,
    kernel_shape,
    offset_group = 1,
    pads,
    strides,
  } = expectOptions(name, attributes, known);
  expectNumber(name, "group", group, { integer: true, min: 1 });
  expectNumber(name, "offset_group", offset_group, { integer: true, min: 1 });
  const dilation = integers("dilations", dilations ?? [1, 1], 2, 1);
  const stride = integers("strides", strides ?? [1, 1], 2, 1);
  const [top, left, bottom, right] = integers("pads", pads ?? [0, 0, 0, 0], 4, 0) as [number, number, number, number];
  const kernel = kernel_shape && integers("kernel_shape", kernel_shape, 2, 1);
  const [x, filter, offset, bias, mask] = inputs as Tensor[];
  return tidy(() => {
    const image = imageFrom(name, "X", x!);
    const weights = filterFrom(name, "W", filter!);
    const refuse = (argument: string, expected: string, received: unknown): never => {
      throw new ShapeError({ functionName: name, argument, expected, received });
    };
    const taps = weights.shape.slice(0, 2);
    if (kernel && kernel.join() !== taps.join()) {
      refuse("kernel_shape", `be the last two axes of W, [${taps.join(", ")}]`, kernel_shape);
    }
    if (weights.shape[2]! * group !== image.shape[3]!) {
      refuse("W", `have ${image.shape[3]} / ${group} input channels (channels of X / group)`, filter!.shape);
    }
    const options = {
      strides: stride as [number, number],
      dilations: dilation as [number, number],
      offsetGroups: offset_group,
      padding: [
        [top, bottom],
        [left, right],
      ] as const,
      ...(bias && { bias: biasFrom(name, "B", bias) }),
      ...(mask && { mask: imageFrom(name, "mask", mask) }),
    };
    // A tidy keeps what is in its result, nested too.
    return { x: image, filter: weights, offset: imageFrom(name, "offset", offset!), options } as never;
  });

  function integers(argument: string, value: readonly number[], length: number, min: number): number[] {
    if (!Array.isArray(value) || value.length !== length) {
      throw new ShapeError({ functionName: name, argument, expected: `have ${length} entries`, received: value });
    }
    return value.map((entry) => expectNumber(name, argument, entry, { integer: true, min }));
  }
}
