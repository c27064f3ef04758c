import { ArgumentError, expectBoolean, expectNumber, expectOptions } from "@ddl/core";
import type { layers } from "@tensorflow/tfjs-layers";
import type { Padding } from "../input/slidingWindow.js";
import { pairOf, slidingWindow } from "../input/slidingWindow.js";
import type { LayerKeys } from "./layerArgs.js";
import { layerKeys, pick } from "./layerArgs.js";

type Conv2DArgs = Parameters<typeof layers.conv2d>[0];

/** Options of tf.layers.conv2d that mean here what they mean there. */
type Conv2DKeys = "filters" | "activation" | "useBias" | `${"kernel" | "bias"}${"Initializer" | "Regularizer"}`;

/** Options of {@link DeformConv2D}; those of `tf.layers.conv2d` have its names, defaults and meanings. */
export interface DeformConv2DArgs extends Pick<Conv2DArgs, LayerKeys | Conv2DKeys> {
  /** Taps of the filter, one number or `[y, x]`, integers ≥ 1. */
  kernelSize: number | readonly [number, number];
  /** Steps between windows, one number or `[y, x]`, integers ≥ 1; other than in `tf.layers.conv2d` beside any dilation. Default 1. */
  strides?: number | readonly [number, number];
  /** `"valid"` (default), `"same"`, pixels on all sides, or `[[top, bottom], [left, right]]`. */
  padding?: Padding;
  /** Distances between taps, one number or `[y, x]`, integers ≥ 1. Default 1. */
  dilationRate?: number | readonly [number, number];
  /** Groups of the filter; divides the input's channels and `filters`. Default 1. */
  groups?: number;
  /** Groups of input channels that share offsets; divides the input's channels. Default 1. */
  offsetGroups?: number;
  /** Version 2: each sample has a factor too, maskGain · sigmoid of what the branch makes. Default false. */
  modulated?: boolean;
  /**
   * Largest factor of a sample, > 0, only with `modulated`. Default 2: since sigmoid(0) = ½, training starts as the plain convolution, as in
   * the authors' code. The paper and mmcv have 1, and start as half of it; weights of one are not valid for the other.
   */
  maskGain?: number;
  /** How many times as far as other weights an optimiser moves those of the branch, > 0. Default 1; version 2's paper has 0.1. */
  offsetLearningRate?: number;
  /**
   * Largest offset, in pixels, > 0: limit · tanh(o / limit) takes the place of what the branch makes, o, and is nearly o where o is small.
   * Default: none.
   */
  offsetLimit?: number;
}

const conv2dKeys: Conv2DKeys[] = [
  "filters",
  "activation",
  "useBias",
  "kernelInitializer",
  "biasInitializer",
  "kernelRegularizer",
  "biasRegularizer",
];
const ownKeys = [
  "kernelSize",
  "strides",
  "padding",
  "dilationRate",
  "groups",
  "offsetGroups",
  "modulated",
  "maskGain",
  "offsetLearningRate",
  "offsetLimit",
] as const;

/** What is {@link DeformConv2DArgs | the layer's own} among its options, with every default. */
export interface DeformConv2DSettings {
  filters: number;
  kernelSize: [number, number];
  strides: [number, number];
  padding: Padding;
  dilationRate: [number, number];
  groups: number;
  offsetGroups: number;
  modulated: boolean;
  maskGain: number;
  offsetLearningRate: number;
  offsetLimit: number | undefined;
}

/** Checks the options of the layer. @throws ArgumentError, ShapeError, RangeArgumentError */
export function settingsOf(name: string, args: DeformConv2DArgs): DeformConv2DSettings {
  expectOptions(name, args, [...conv2dKeys, ...ownKeys, ...layerKeys]);
  const { filters, strides = 1, padding = "valid", dilationRate = 1, groups = 1, offsetGroups = 1 } = args;
  const { modulated = false, maskGain = 2, offsetLearningRate = 1, useBias = true } = args;
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ArgumentError({ functionName: name, argument, expected, received });
  };
  const positive = { integer: true, min: 1 };
  expectNumber(name, "filters", filters, positive);
  const settings: DeformConv2DSettings = {
    filters,
    kernelSize: pairOf(name, "kernelSize", args.kernelSize, 1),
    strides: pairOf(name, "strides", strides, 1),
    padding,
    dilationRate: pairOf(name, "dilationRate", dilationRate, 1),
    groups: expectNumber(name, "groups", groups, positive),
    offsetGroups: expectNumber(name, "offsetGroups", offsetGroups, positive),
    modulated: expectBoolean(name, "modulated", modulated),
    maskGain: expectNumber(name, "maskGain", maskGain, { above: 0 }),
    offsetLearningRate: expectNumber(name, "offsetLearningRate", offsetLearningRate, { above: 0 }),
    offsetLimit: offsetLimitOf(name, args.offsetLimit),
  };
  slidingWindow(name, [1, 1], settings.kernelSize, { padding });
  expectBoolean(name, "useBias", useBias);
  if (filters % groups !== 0) refuse("groups", `divide the ${filters} filters`, groups);
  if (!modulated && args.maskGain !== undefined) refuse("maskGain", "be left out without modulated", maskGain);
  return settings;
}

/** Checks the limit of offsets; null, of a configuration that was saved, is none. @throws RangeArgumentError */
export function offsetLimitOf(name: string, limit: number | null | undefined): number | undefined {
  return limit == null ? undefined : expectNumber(name, "offsetLimit", limit, { above: 0 });
}

/** The part of a configuration that says the limit of offsets, if there is one. */
export function offsetLimitConfig({ offsetLimit }: { offsetLimit: number | undefined }): { offsetLimit?: number } {
  return offsetLimit === undefined ? {} : { offsetLimit };
}

/** The options that `tf.layers.conv2d` understands and, unlike the others, resolves: names of activations, initialisers, regularisers. */
export function conv2dArgsOf(args: DeformConv2DArgs, { filters, kernelSize }: DeformConv2DSettings): Conv2DArgs {
  // tf.layers writes into a configuration that it is given.
  const own = Object.entries(pick(args, conv2dKeys)).map(([key, value]) =>
    Object.getPrototypeOf(value) === Object.prototype ? [key, structuredClone(value)] : [key, value],
  );
  return { ...(Object.fromEntries(own) as Pick<DeformConv2DArgs, Conv2DKeys>), filters, kernelSize, name: "settings" };
}

/** The part of a convolution's configuration that is the deformable layer's too. */
export function conv2dConfigOf<T extends object>(config: T): Partial<T> {
  return pick(config, conv2dKeys as unknown as (keyof T)[]);
}
