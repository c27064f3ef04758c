import { expectNumber, expectOneOf, expectOptions, expectString, Random } from "@ddl/core";
import type { DataType, Tensor } from "@tensorflow/tfjs-core";
import { serialization, tensor } from "@tensorflow/tfjs-core";
import { initializers } from "@tensorflow/tfjs-layers";
import type { Initializer } from "./torchLayer.js";

/** Options of every initialiser here. */
export interface InitializerOptions {
  /** The weight's name, as `layer1.0.conv1/kernel`: weights of other names start from other numbers. */
  name: string;
  /** Seed of a whole model, an integer. Default 0. */
  seed?: number;
}

/** Options of {@link kaimingNormal} and {@link kaimingUniform}. */
export interface KaimingOptions extends InitializerOptions {
  /** Which count the variance is divided by: inputs (default) or outputs of one output or input pixel. */
  mode?: "fanIn" | "fanOut";
  /** Slope of the leaky ReLU behind the layer for negative numbers. Default 0: a ReLU. 1: nothing, the gain is 1. */
  slope?: number;
}

/** Options of {@link normal}. */
export interface NormalOptions extends InitializerOptions {
  /** Standard deviation, > 0. */
  deviation: number;
}

/** Options of {@link torchDefault}. */
export interface TorchDefaultOptions extends InitializerOptions {
  /** Inputs of one output, ≥ 1; what a bias must be told. Default: the product of all axes of the weight but the last. */
  fanIn?: number;
}

/** tf.layers has the class of initialisers, but does not export it. */
const Base = Object.getPrototypeOf(initializers.zeros().constructor) as abstract new () => Initializer;

type Config = { name: string; seed: number };

/** Numbers that are a function of seed, name and shape alone, in the order of the tensor. */
abstract class SeededInitializer<C extends Config> extends Base {
  protected readonly config: C;

  constructor(config: C) {
    super();
    this.config = config;
  }

  /** Writes the numbers. */
  protected abstract fill(values: Float32Array, shape: readonly number[], random: Random): void;

  override apply(shape: number[], _dtype?: DataType): Tensor {
    const { seed, name } = this.config;
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    this.fill(values, shape, Random.fromSeed(seed).fork(name));
    return tensor(values, shape, "float32");
  }

  override getConfig(): serialization.ConfigDict {
    return { ...this.config };
  }
}

/** Counts of a kernel [..taps, inputs, outputs]: inputs of an output, outputs of an input. */
function fansOf(shape: readonly number[]): { fanIn: number; fanOut: number } {
  const taps = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  return { fanIn: taps * (shape.at(-2) ?? 1), fanOut: taps * (shape.at(-1) ?? 1) };
}

type KaimingConfig = Required<KaimingOptions>;

abstract class Kaiming extends SeededInitializer<KaimingConfig> {
  constructor(options: KaimingOptions) {
    super(kaimingConfigOf("kaiming", options));
  }

  protected deviation(shape: readonly number[]): number {
    const { mode, slope } = this.config;
    return Math.sqrt(2 / (1 + slope * slope) / fansOf(shape)[mode]);
  }
}

class KaimingNormal extends Kaiming {
  static readonly className: string = "DdlKaimingNormal";

  protected fill(values: Float32Array, shape: readonly number[], random: Random): void {
    random.fillNormal(values, 0, this.deviation(shape));
  }
}

class KaimingUniform extends Kaiming {
  static readonly className: string = "DdlKaimingUniform";

  protected fill(values: Float32Array, shape: readonly number[], random: Random): void {
    const bound = Math.sqrt(3) * this.deviation(shape);
    random.fillUniform(values, -bound, bound);
  }
}

type NormalConfig = Required<NormalOptions>;

class Normal extends SeededInitializer<NormalConfig> {
  static readonly className: string = "DdlNormal";

  constructor(options: NormalOptions) {
    const given = expectOptions("normal", options, ["name", "seed", "deviation"]);
    const deviation = expectNumber("normal", "deviation", given.deviation, { above: 0 });
    super({ ...configOf("normal", given), deviation });
  }

  protected fill(values: Float32Array, _shape: readonly number[], random: Random): void {
    random.fillNormal(values, 0, this.config.deviation);
  }
}

type DefaultConfig = Config & { fanIn?: number };

class TorchDefault extends SeededInitializer<DefaultConfig> {
  static readonly className: string = "DdlTorchDefault";

  constructor(options: TorchDefaultOptions) {
    const given = expectOptions("torchDefault", options, ["name", "seed", "fanIn"]);
    const { fanIn } = given;
    if (fanIn !== undefined) expectNumber("torchDefault", "fanIn", fanIn, { integer: true, min: 1 });
    super({ ...configOf("torchDefault", given), ...(fanIn === undefined ? {} : { fanIn }) });
  }

  protected fill(values: Float32Array, shape: readonly number[], random: Random): void {
    const bound = 1 / Math.sqrt(this.config.fanIn ?? fansOf(shape).fanIn);
    random.fillUniform(values, -bound, bound);
  }
}

// The loader of models adds `customObjects` to a configuration, which is no option.
for (const initializer of [KaimingNormal, KaimingUniform, Normal, TorchDefault]) {
  (initializer as unknown as { fromConfig: unknown }).fromConfig = (
    made: new (config: object) => object,
    { customObjects: _, ...config }: serialization.ConfigDict,
  ) => new made(config);
  serialization.registerClass(initializer as never);
}

function configOf(functionName: string, { name, seed = 0 }: InitializerOptions): Config {
  return {
    name: expectString(functionName, "name", name),
    seed: expectNumber(functionName, "seed", seed, { integer: true }),
  };
}

function kaimingConfigOf(functionName: string, options: KaimingOptions): KaimingConfig {
  const { mode = "fanIn", slope = 0 } = expectOptions(functionName, options, ["name", "seed", "mode", "slope"]);
  return {
    ...configOf(functionName, options),
    mode: expectOneOf(functionName, "mode", mode, ["fanIn", "fanOut"]),
    slope: expectNumber(functionName, "slope", slope, { min: 0 }),
  };
}

/**
 * Normal numbers of mean 0 and variance 2 / (1 + slope²) / fan, as torch's `kaiming_normal_`: not truncated, as tf.layers' `heNormal` is.
 *
 * Weights are kernels [..taps, inputs (of a group), outputs]. The numbers follow from `seed` and `name` alone.
 * @throws ArgumentError, RangeArgumentError
 * @example `tf.layers.dense({ units: 3, kernelInitializer: kaimingNormal({ name: "head/kernel", mode: "fanOut" }) })`
 *
 * Source: He et al. 2015 (`he2015`).
 */
export function kaimingNormal(options: KaimingOptions): Initializer {
  return new KaimingNormal(kaimingConfigOf("kaimingNormal", options)) as unknown as Initializer;
}

/**
 * Uniform numbers of the variance of {@link kaimingNormal}, as torch's `kaiming_uniform_`.
 * @throws ArgumentError, RangeArgumentError
 * @example `tf.layers.dense({ units: 3, kernelInitializer: kaimingUniform({ name: "head/kernel" }) })`
 *
 * Source: He et al. 2015 (`he2015`).
 */
export function kaimingUniform(options: KaimingOptions): Initializer {
  return new KaimingUniform(kaimingConfigOf("kaimingUniform", options)) as unknown as Initializer;
}

/**
 * Normal numbers of mean 0, as torch's `normal_`.
 * @throws ArgumentError, RangeArgumentError
 * @example `tf.layers.dense({ units: 3, kernelInitializer: normal({ name: "head/kernel", deviation: 0.01 }) })`
 */
export function normal(options: NormalOptions): Initializer {
  return new Normal(options) as unknown as Initializer;
}

/**
 * What torch's convolutions and linear layers start with: uniform within ±1 / √fanIn, kernels and biases alike.
 * @throws ArgumentError, RangeArgumentError
 * @example
 * ```ts
 * const biasInitializer = torchDefault({ name: "fc/bias", fanIn: 512 });
 * tf.layers.dense({ units: 3, kernelInitializer: torchDefault({ name: "fc/kernel" }), biasInitializer });
 * ```
 *
 * Source: torch's `Conv2d.reset_parameters`.
 */
export function torchDefault(options: TorchDefaultOptions): Initializer {
  return new TorchDefault(options) as unknown as Initializer;
}
