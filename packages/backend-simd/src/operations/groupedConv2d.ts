import { ArgumentError, DtypeError, expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { NamedAttrMap, Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import {
  add,
  concat,
  conv2d,
  customGrad,
  depthwiseConv2d,
  engine,
  getBackend,
  getKernel,
  matMul,
  reshape,
  split,
  stridedSlice,
  tidy,
} from "@tensorflow/tfjs-core";
import { padSpace } from "./padSpace.js";
import { spreadTaps } from "./spreadTaps.js";
import type { TapAxis } from "./windowTaps.js";
import { windowTaps } from "./windowTaps.js";

/** A number for rows and columns, or one for each. */
type PairOption = number | readonly [number, number];
type Pair = [number, number];

/** Options of {@link groupedConv2d}. */
export interface GroupedConv2dOptions {
  /** Pixels from one output to the next, integers ≥ 1. Default 1. */
  strides?: PairOption;
  /**
   * Zeros around the image: `"valid"` (default) none; `"same"` as many as make an output of size ceil(size / stride), the odd one at
   * the end; a number on all four sides; or [[top, bottom], [left, right]]. Integers ≥ 0.
   */
  padding?: "same" | "valid" | number | readonly [readonly [number, number], readonly [number, number]];
  /** Pixels from one tap of the filter to the next, integers ≥ 1. Default 1. */
  dilations?: PairOption;
  /** Added to each output channel, shape (O). Default none. */
  bias?: Tensor1D | undefined;
}

const functionName = "groupedConv2d";
const kernelName = "SimdGroupedConv2D";

/**
 * Convolution in groups: the channels are divided into `groups = C / filter.shape[2]` runs of equal length, and each output channel sees
 * one of them. Output channel o belongs to group floor(o / (O / groups)), as in torch's `conv2d`, whose filter is this one
 * transposed by [3, 2, 0, 1]. Differentiable in x, filter and bias, on every backend.
 *
 * On the backend `simd` it is one pass for all groups. Elsewhere each group is a convolution of its own, between a split and a
 * concatenation. One group is tfjs's `conv2d`, one channel a group its `depthwiseConv2d`.
 *
 * @param x image, float32, shape (batch, rows, columns, C)
 * @param filter weights, float32, shape (rows, columns, C / groups, O); C / groups divides C, and groups divides O
 * @returns float32, shape (batch, outRows, outColumns, O), where an axis of length n with padding p gets
 *   floor((n + p − (taps − 1) · dilation − 1) / stride) + 1
 * @throws ArgumentError for what is no tensor, and for unknown options; DtypeError unless all is float32; ShapeError for ranks and channels
 *   that do not fit, and for an image that is smaller than the filter; RangeArgumentError for strides and dilations below 1 and padding below 0
 * @example
 * ```ts
 * const x = tf.randomNormal([1, 56, 56, 128]);
 * const filter = tf.randomNormal([3, 3, 4, 128]); // 32 groups of 4 channels
 * groupedConv2d(x, filter, { padding: "same" }); // (1, 56, 56, 128)
 * ```
 *
 * Source: Xie et al. 2017 (`xie2017`), figure 3c. Unlike torch's, `"same"` may be combined with strides, and pads as tfjs does.
 */
export function groupedConv2d(x: Tensor4D, filter: Tensor4D, options: GroupedConv2dOptions = {}): Tensor4D {
  const known = ["strides", "padding", "dilations", "bias"] as const;
  const { strides = 1, padding = "valid", dilations = 1, bias } = expectOptions(functionName, options, known);
  expectTensor("x", x, 4, "(batch, rows, columns, channels)");
  expectTensor("filter", filter, 4, "(rows, columns, channels / groups, outChannels)");
  const groups = groupsOf(x, filter);
  if (bias !== undefined) expectBias(bias, filter.shape[3]);
  const [rowStride, columnStride] = expectPair("strides", strides);
  const [rowDilation, columnDilation] = expectPair("dilations", dilations);
  const [, rows, columns] = x.shape;
  const [filterRows, filterColumns, channelsPerGroup] = filter.shape;
  const attributes: Attributes = {
    strides: [rowStride, columnStride],
    dilations: [rowDilation, columnDilation],
    padding: [
      paddingOf(padding, 0, rows, filterRows, rowStride, rowDilation),
      paddingOf(padding, 1, columns, filterColumns, columnStride, columnDilation),
    ],
  };
  expectFit(x, filter, attributes);
  const strided = rowStride * columnStride > 1;
  const dilated = rowDilation * columnDilation > 1;
  const fused = hasKernel(kernelName);
  return tidy(() => {
    // tfjs's conv2d takes no strides with dilations; with dilations its gradient is that of `simd` alone.
    const plain = groups === 1 && (!dilated || (fused && !strided));
    // Its depthwiseConv2d has no gradient for dilations anywhere.
    const depthwise = channelsPerGroup === 1 && !dilated && hasKernel("DepthwiseConv2dNativeBackpropFilter");
    if (fused && !plain && !depthwise) {
      const inputs: Record<string, Tensor> = bias === undefined ? { x, filter } : { x, filter, bias };
      return run(kernelName, inputs, attributes) as Tensor4D;
    }
    // The gradients of the backend `tensorflow` refuse explicit padding.
    const separate = getBackend() === "tensorflow";
    const image = separate ? (padSpace(x, attributes.padding) as Tensor4D) : x;
    const windows = separate ? { ...attributes, padding: none } : attributes;
    let out: Tensor4D;
    if (plain) out = convolve(image, filter, windows);
    else if (depthwise) out = convolveDepthwise(image, filter, windows);
    else if (dilated && strided)
      out = convolveEach(image, spreadTaps(filter, attributes.dilations) as Tensor4D, groups, {
        ...windows,
        dilations: [1, 1],
      });
    else if (dilated && hasKernel("Conv2DBackpropFilter")) out = convolveDilated(image, filter, groups, windows);
    else out = convolveEach(image, filter, groups, windows);
    return bias === undefined ? out : add(out, bias);
  });
}

/** Whether the backend in use has a kernel. */
function hasKernel(name: string): boolean {
  return getKernel(name, getBackend()) !== undefined;
}

/** What the kernels are given: numbers for rows and columns. */
interface Attributes {
  readonly strides: Pair;
  readonly dilations: Pair;
  /** [[top, bottom], [left, right]]. */
  readonly padding: [Pair, Pair];
}

const none: [Pair, Pair] = [
  [0, 0],
  [0, 0],
];

/** tfjs's form of explicit padding. */
function explicit([rows, columns]: [Pair, Pair]): [Pair, Pair, Pair, Pair] {
  return [[0, 0], rows, columns, [0, 0]];
}

function convolve(x: Tensor4D, filter: Tensor4D, attributes: Attributes): Tensor4D {
  const { strides, dilations, padding } = attributes;
  // Recorded for a gradient that the backend does not have.
  if (engine().state.gradientDepth > 0 && !hasKernel("Conv2DBackpropFilter")) return product(x, filter, attributes);
  return conv2d(x, filter, strides, explicit(padding), "NHWC", dilations);
}

/** The same as a product of matrices, for the backend `wasm`, which has no gradient of a convolution's filter. */
function product(x: Tensor4D, filter: Tensor4D, { strides, dilations, padding }: Attributes): Tensor4D {
  const [batch, , , channels] = x.shape;
  const outChannels = filter.shape[3];
  const axes = [0, 1].map((axis): TapAxis => {
    const [taps, stride, dilation] = [filter.shape[axis]!, strides[axis]!, dilations[axis]!];
    const [before, behind] = padding[axis]!;
    const count = Math.floor((x.shape[axis + 1]! + before + behind - (taps - 1) * dilation - 1) / stride) + 1;
    return { taps, stride, dilation, count, before };
  });
  const seen = windowTaps(x, axes).map((tap) => reshape(tap, [-1, channels]));
  const windows = seen.length === 1 ? seen[0]! : concat(seen, 1);
  const made = matMul(windows, reshape(filter, [-1, outChannels]));
  return reshape(made, [batch, axes[0]!.count, axes[1]!.count, outChannels]);
}

/** Output channel c · multiplier + q of a depthwise convolution is q of channel c: the same order as here. */
function convolveDepthwise(x: Tensor4D, filter: Tensor4D, { strides, padding }: Attributes): Tensor4D {
  const [rows, columns, , outChannels] = filter.shape;
  const channels = x.shape[3];
  const perChannel = reshape(filter, [rows, columns, channels, outChannels / channels]) as Tensor4D;
  return depthwiseConv2d(x, perChannel, strides, explicit(padding));
}

/** Each group by itself. */
function convolveEach(x: Tensor4D, filter: Tensor4D, groups: number, attributes: Attributes): Tensor4D {
  // tfjs's gradient of a split into one part fails.
  if (groups === 1) return convolve(x, filter, attributes);
  const filters = split<Tensor4D>(filter, groups, 3);
  return concat(
    split<Tensor4D>(x, groups, 3).map((part, group) => convolve(part, filters[group]!, attributes)),
    3,
  ) as Tensor4D;
}

/**
 * The same for dilations above 1, whose gradients tfjs refuses: they are made as those of the filter with zeros between its taps,
 * which needs no dilation, at the cost of products with these zeros.
 */
function convolveDilated(x: Tensor4D, filter: Tensor4D, groups: number, attributes: Attributes): Tensor4D {
  const { strides, dilations, padding } = attributes;
  const common = { strides, pad: explicit(padding), dataFormat: "NHWC", dimRoundingMode: null };
  const convolveWithGradient = customGrad((...args) => {
    // tfjs's type leaves `save` out.
    const [image, weights, save] = args as unknown as [Tensor4D, Tensor4D, (tensors: Tensor[]) => void];
    save([image, weights]);
    return {
      value: convolveEach(image, weights, groups, attributes),
      gradFunc: (gradient: Tensor, saved: Tensor[]) => {
        const images = split(saved[0] as Tensor4D, groups, 3);
        const filters = split(spreadTaps(saved[1]!, dilations) as Tensor4D, groups, 3);
        const gradients = split(gradient as Tensor4D, groups, 3);
        const each = (of: (group: number) => Tensor): Tensor4D =>
          concat(
            gradients.map((_, group) => of(group) as Tensor4D),
            3,
          );
        const dx = each((group) =>
          run(
            "Conv2DBackpropInput",
            { dy: gradients[group]!, filter: filters[group]! },
            { ...common, inputShape: images[group]!.shape },
          ),
        );
        const dFilter = each((group) =>
          run(
            "Conv2DBackpropFilter",
            { x: images[group]!, dy: gradients[group]! },
            { ...common, filterShape: filters[group]!.shape },
          ),
        );
        const begin = [0, 0, 0, 0];
        return [dx, stridedSlice(dFilter, begin, dFilter.shape, [...dilations, 1, 1])];
      },
    };
  });
  return convolveWithGradient(x, filter) as Tensor4D;
}

function run(name: string, inputs: Record<string, Tensor>, attributes: object): Tensor {
  return engine().runKernel(name, inputs as never, attributes as NamedAttrMap) as Tensor;
}

/** Checks a float32 tensor of a rank. */
function expectTensor(argument: string, tensor: Tensor, rank: number, axes: string): void {
  if (!Array.isArray((tensor as { shape?: unknown } | undefined)?.shape) || tensor.dtype === undefined) {
    throw new ArgumentError({ functionName, argument, expected: "be a tensor", received: tensor });
  }
  if (tensor.shape.length !== rank) {
    const expected = `have ${rank} ${rank === 1 ? "axis" : "axes"} ${axes}`;
    throw new ShapeError({ functionName, argument, expected, received: tensor.shape });
  }
  if (tensor.dtype !== "float32") {
    throw new DtypeError({ functionName, argument, expected: "have dtype float32", received: tensor.dtype });
  }
}

/** Checks that the channels of image and filter make whole groups. */
function groupsOf(x: Tensor4D, filter: Tensor4D): number {
  const channels = x.shape[3];
  const [rows, columns, perGroup, outChannels] = filter.shape;
  if (rows === 0 || columns === 0) {
    throw new ShapeError({
      functionName,
      argument: "filter",
      expected: "have at least one tap",
      received: filter.shape,
    });
  }
  if (perGroup === 0 || channels === 0 || channels % perGroup !== 0) {
    const expected = `have a third axis that divides the ${channels} channels of x`;
    throw new ShapeError({ functionName, argument: "filter", expected, received: filter.shape });
  }
  const groups = channels / perGroup;
  if (outChannels === 0 || outChannels % groups !== 0) {
    const expected = `have a last axis that is a positive multiple of the ${groups} groups`;
    throw new ShapeError({ functionName, argument: "filter", expected, received: filter.shape });
  }
  return groups;
}

/** Checks that the filter fits into the padded image. */
function expectFit(x: Tensor4D, filter: Tensor4D, { dilations, padding }: Attributes): void {
  const needed = [0, 1].map((axis) => {
    const [before, behind] = padding[axis]!;
    return Math.max(0, (filter.shape[axis]! - 1) * dilations[axis]! + 1 - before - behind);
  });
  if (x.shape[1] < needed[0]! || x.shape[2] < needed[1]!) {
    const expected = `have at least ${needed[0]} rows and ${needed[1]} columns for this filter`;
    throw new ShapeError({ functionName, argument: "x", expected, received: x.shape });
  }
}

function expectBias(bias: Tensor1D, outChannels: number): void {
  expectTensor("bias", bias, 1, "(outChannels)");
  if (bias.shape[0] !== outChannels) {
    throw new ShapeError({
      functionName,
      argument: "bias",
      expected: `have shape [${outChannels}]`,
      received: bias.shape,
    });
  }
}

function expectPair(argument: string, value: PairOption): Pair {
  if (!Array.isArray(value)) {
    const both = expectNumber(functionName, argument, value, { min: 1, integer: true });
    return [both, both];
  }
  if (value.length !== 2) {
    const expected = "be a number or a pair [rows, columns]";
    throw new ArgumentError({ functionName, argument, expected, received: value });
  }
  for (const entry of value) expectNumber(functionName, argument, entry, { min: 1, integer: true });
  return [...value] as Pair;
}

/** Zeros before and behind one axis. */
function paddingOf(
  padding: NonNullable<GroupedConv2dOptions["padding"]>,
  axis: 0 | 1,
  size: number,
  taps: number,
  stride: number,
  dilation: number,
): Pair {
  if (padding === "valid") return [0, 0];
  const span = (taps - 1) * dilation + 1;
  if (padding === "same") {
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + span - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  if (typeof padding === "number") {
    expectNumber(functionName, "padding", padding, { min: 0, integer: true });
    return [padding, padding];
  }
  const expected = 'be "same", "valid", a number or [[top, bottom], [left, right]]';
  if (
    !Array.isArray(padding) ||
    padding.length !== 2 ||
    !padding.every((pair) => Array.isArray(pair) && pair.length === 2)
  ) {
    throw new ArgumentError({ functionName, argument: "padding", expected, received: padding });
  }
  for (const entry of padding[axis]) expectNumber(functionName, "padding", entry, { min: 0, integer: true });
  return [...padding[axis]] as Pair;
}
