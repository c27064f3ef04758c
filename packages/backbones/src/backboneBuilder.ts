import { DeformConv2D } from "@ddl/deform-conv/layers";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { initializers, input, layers, model } from "@tensorflow/tfjs-layers";
import type { BackboneSettings } from "./backboneOptions.js";
import { convolution2D } from "./layers/convolution2D.js";
import { torchDefault } from "./layers/initializers.js";
import { normalization } from "./layers/normalization.js";
import type { Initializer } from "./layers/torchLayer.js";

/** What makes a kernel start as it does, from the name and seed of its weight. */
export type KernelStart = (options: { name: string; seed: number }) => Initializer;

/** How a deformable convolution looks where it looks. */
export interface DeformableSettings {
  modulated: boolean;
  offsetGroups: number;
  offsetLearningRate: number;
}

/** Options of a convolution with what follows it. */
export interface ConvolutionSettings {
  filters: number;
  kernelSize: number | readonly [number, number];
  strides?: number;
  padding?: number | readonly [number, number];
  dilation?: number;
  groups?: number;
  deformable?: DeformableSettings | undefined;
}

/** Puts layers one behind the other, named by torch's module paths and started from the seed of the model. */
export class BackboneBuilder {
  readonly settings: BackboneSettings;
  readonly image: SymbolicTensor;
  readonly #kernelStart: KernelStart;
  readonly #epsilon: number;

  /**
   * @param kernelStart of every convolution
   * @param epsilon of every normalisation
   */
  constructor(settings: BackboneSettings, kernelStart: KernelStart, epsilon: number) {
    this.settings = settings;
    this.#kernelStart = kernelStart;
    this.#epsilon = epsilon;
    this.image = input({ shape: settings.inputShape, name: `${settings.prefix}input` });
  }

  /** Applies a layer. */
  apply(layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
    return layer.apply(x) as SymbolicTensor;
  }

  /** The whole name of a layer. */
  path(name: string): string {
    return `${this.settings.prefix}${name}`;
  }

  /** A convolution without bias. */
  convolution(x: SymbolicTensor, name: string, options: ConvolutionSettings): SymbolicTensor {
    const { filters, kernelSize, strides = 1, padding = 0, dilation = 1, groups = 1, deformable } = options;
    const path = this.path(name);
    const kernelInitializer = this.#kernelStart({ name: `${path}/kernel`, seed: this.settings.seed });
    const common = { filters, kernelSize, strides, groups, useBias: false, kernelInitializer, name: path };
    if (deformable === undefined) return this.apply(convolution2D({ ...common, padding, dilations: dilation }), x);
    const around = (typeof padding === "number" ? [padding, padding] : padding) as readonly [number, number];
    return this.apply(
      new DeformConv2D({
        ...common,
        padding: [
          [around[0], around[0]],
          [around[1], around[1]],
        ],
        dilationRate: dilation,
        ...deformable,
      }),
      x,
    );
  }

  /** The normalisation of the model. @param scale what its factors start with */
  normalization(x: SymbolicTensor, name: string, scale: "ones" | "zeros" = "ones"): SymbolicTensor {
    const { norm, normGroups } = this.settings;
    const path = this.path(name);
    const groups = norm === "group" ? { groups: normGroups } : {};
    const layer = normalization(norm, { name: path, epsilon: this.#epsilon, ...groups })!;
    const y = this.apply(layer, x);
    if (scale === "zeros") {
      const [gamma, ...others] = layer.getWeights();
      const zeros = initializers.zeros().apply(gamma!.shape);
      layer.setWeights([zeros, ...others]);
      zeros.dispose();
    }
    return y;
  }

  relu(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.apply(layers.reLU({ name: this.path(name) }), x);
  }

  /** A fully connected layer. @param kernelStart torch's default if it is left out */
  linear(x: SymbolicTensor, name: string, units: number, kernelStart?: KernelStart): SymbolicTensor {
    const path = this.path(name);
    const { seed } = this.settings;
    const start = kernelStart ?? torchDefault;
    return this.apply(
      layers.dense({
        units,
        kernelInitializer: start({ name: `${path}/kernel`, seed }),
        biasInitializer: torchDefault({ name: `${path}/bias`, seed, fanIn: x.shape.at(-1)! }),
        name: path,
      }),
      x,
    );
  }

  /** The mean of each channel. */
  averagePool(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.apply(layers.globalAveragePooling2d({ name: this.path(name), dataFormat: "channelsLast" }), x);
  }

  dropout(x: SymbolicTensor, name: string, rate: number): SymbolicTensor {
    return rate === 0 ? x : this.apply(layers.dropout({ rate, name: this.path(name) }), x);
  }

  model(outputs: SymbolicTensor | SymbolicTensor[]): LayersModel {
    return model({ inputs: this.image, outputs, name: this.settings.name });
  }
}
