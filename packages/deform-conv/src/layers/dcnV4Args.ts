import { ArgumentError, expectBoolean, expectNumber, expectOptions } from "@ddl/core";
import type { layers } from "@tensorflow/tfjs-layers";
import { dcnPoints } from "../dcn/geometry.js";
import { pairOf } from "../input/slidingWindow.js";

type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** Options of tf.layers that every layer takes. */
type LayerKeys = "inputShape" | "batchInputShape" | "batchSize" | "dtype" | "name" | "trainable" | "weights";

/** Options of {@link DcnV4}. */
export interface DcnV4Args extends Pick<LayerArgs, LayerKeys> {
  /** Points of a window, one number or `[y, x]`, integers ≥ 1. Default 3. */
  kernelSize?: number | readonly [number, number];
  /** Distances between points, one number or `[y, x]`, integers ≥ 1. Default 1. */
  dilationRate?: number | readonly [number, number];
  /** Groups of channels that share offsets and mask; divides the channels. Default 4. */
  groups?: number;
  /** Factor of offsets and of the window about its centre, > 0. Default 1. */
  offsetScale?: number;
  /** Taps of a depthwise convolution of the input, of which offsets and mask are then made; odd. Default: they are made of the input. */
  depthwiseKernelSize?: number;
  /** Mixes the projected input into what was sampled, by a share that each group learns. Default false. */
  centerFeatureScale?: boolean;
  /** Leaves out the point in the middle, for kernels of odd sides. Default false. */
  removeCenter?: boolean;
  /** Leaves out the projections before and after the sampling. Default false. */
  withoutPointwise?: boolean;
  /** A bias in the projection after the sampling. Default true. */
  outputBias?: boolean;
  /** How many times as far as other weights an optimiser moves those that make offsets and mask, > 0. Default 1. */
  offsetLearningRate?: number;
}

const layerKeys: LayerKeys[] = ["inputShape", "batchInputShape", "batchSize", "dtype", "name", "trainable", "weights"];
const ownKeys = [
  "kernelSize",
  "dilationRate",
  "groups",
  "offsetScale",
  "depthwiseKernelSize",
  "centerFeatureScale",
  "removeCenter",
  "withoutPointwise",
  "outputBias",
  "offsetLearningRate",
] as const;

/** The layer's own options with every default. */
export interface DcnV4Settings {
  kernelSize: [number, number];
  dilationRate: [number, number];
  groups: number;
  offsetScale: number;
  depthwiseKernelSize: number | undefined;
  centerFeatureScale: boolean;
  removeCenter: boolean;
  withoutPointwise: boolean;
  outputBias: boolean;
  offsetLearningRate: number;
}

/** Checks the options of the layer. @throws ArgumentError, ShapeError, RangeArgumentError */
export function dcnV4SettingsOf(name: string, args: DcnV4Args): DcnV4Settings {
  expectOptions(name, args, [...ownKeys, ...layerKeys]);
  const { kernelSize = 3, dilationRate = 1, groups = 4, offsetScale = 1, offsetLearningRate = 1 } = args;
  const { centerFeatureScale = false, removeCenter = false, withoutPointwise = false, outputBias = true } = args;
  const { dtype = "float32" } = args;
  // A configuration that was saved has null for what is missing.
  const depthwiseKernelSize = args.depthwiseKernelSize ?? undefined;
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ArgumentError({ functionName: name, argument, expected, received });
  };
  const settings: DcnV4Settings = {
    kernelSize: pairOf(name, "kernelSize", kernelSize, 1),
    dilationRate: pairOf(name, "dilationRate", dilationRate, 1),
    groups: expectNumber(name, "groups", groups, { integer: true, min: 1 }),
    offsetScale,
    depthwiseKernelSize,
    centerFeatureScale: expectBoolean(name, "centerFeatureScale", centerFeatureScale),
    removeCenter,
    withoutPointwise: expectBoolean(name, "withoutPointwise", withoutPointwise),
    outputBias: expectBoolean(name, "outputBias", outputBias),
    offsetLearningRate: expectNumber(name, "offsetLearningRate", offsetLearningRate, { above: 0 }),
  };
  dcnPoints(name, { kernelSize, offsetScale, removeCenter });
  if (depthwiseKernelSize !== undefined) {
    expectNumber(name, "depthwiseKernelSize", depthwiseKernelSize, { integer: true, min: 1 });
    if (depthwiseKernelSize % 2 === 0) refuse("depthwiseKernelSize", "be odd", depthwiseKernelSize);
  }
  if (withoutPointwise && args.outputBias !== undefined && outputBias) {
    refuse("outputBias", "be left out or false with withoutPointwise", outputBias);
  }
  if (dtype !== "float32") refuse("dtype", 'be "float32"', dtype);
  return settings;
}

/** The options of every layer. */
export function dcnV4LayerArgsOf(args: DcnV4Args): Pick<DcnV4Args, LayerKeys> {
  return Object.fromEntries(
    layerKeys.filter((key) => args[key] !== undefined && args[key] !== null).map((key) => [key, args[key]]),
  ) as Pick<DcnV4Args, LayerKeys>;
}
