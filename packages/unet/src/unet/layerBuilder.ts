import type { NormalizationKind } from "@ddl/backbones/layers";
import { convolution2D, convolution3D, maxPooling2D, normalization, resize2D } from "@ddl/backbones/layers";
import type { initializers, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import { UpConvolution } from "./upConvolution.js";

type Initializer = ReturnType<typeof initializers.zeros>;

/** What stands behind a normalisation. */
export type UnetActivation = "relu" | "leakyRelu" | "elu";

/** What all layers of a network have in common. */
export interface LayerSettings {
  /** Axes of space, 2 or 3. */
  rank: number;
  norm: NormalizationKind;
  /** For group normalisation: the most groups. */
  groups: number;
  activation: UnetActivation;
  /** Makes the initial kernel of a layer from the kernel's name. */
  kernelInitializer: (name: string) => Initializer;
  /** Makes the initial bias, from its name and the inputs of one output. */
  biasInitializer: (name: string, fanIn: number) => Initializer;
}

/** A convolution of {@link LayerBuilder}. */
export interface ConvolutionSettings {
  name: string;
  filters: number;
  kernelSize: readonly number[];
  strides?: readonly number[];
  /** Zeros around, so that the size divided by the strides stays; otherwise none. Default true. */
  padded?: boolean;
  useBias?: boolean;
  kernelInitializer?: Initializer;
}

/** A resize of {@link LayerBuilder}. */
export interface ResizeSettings {
  /** Lengths of the result, null where they are not known before. */
  size: readonly (number | null | undefined)[];
  /** The factors, one an axis. */
  scale: readonly number[];
  mode: "nearest" | "bilinear";
  name: string;
}

/** Adds layers for images or volumes to a graph. */
export class LayerBuilder {
  readonly settings: LayerSettings;

  constructor(settings: LayerSettings) {
    this.settings = settings;
  }

  apply(layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
    return layer.apply(x) as SymbolicTensor;
  }

  /** One number for each axis of space. */
  all(value: number): number[] {
    return new Array<number>(this.settings.rank).fill(value);
  }

  convolution(x: SymbolicTensor, settings: ConvolutionSettings): SymbolicTensor {
    const { name, filters, kernelSize, strides = this.all(1), padded = true, useBias = true } = settings;
    const fanIn = kernelSize.reduce((a, b) => a * b, x.shape.at(-1)!);
    const args = {
      ...{ name, filters, kernelSize: [...kernelSize], strides: [...strides], useBias },
      padding: padded ? kernelSize.map((taps) => (taps - 1) / 2) : 0,
      kernelInitializer: settings.kernelInitializer ?? this.settings.kernelInitializer(`${name}/kernel`),
      ...(useBias ? { biasInitializer: this.settings.biasInitializer(`${name}/bias`, fanIn) } : {}),
    };
    return this.apply(this.settings.rank === 2 ? convolution2D(args as never) : convolution3D(args as never), x);
  }

  /** A 1 × 1 convolution. */
  pointwise(x: SymbolicTensor, filters: number, name: string, useBias = true): SymbolicTensor {
    return this.convolution(x, { name, filters, kernelSize: this.all(1), useBias });
  }

  normalize(x: SymbolicTensor, name: string): SymbolicTensor {
    const { norm, groups } = this.settings;
    // As many groups as divide the channels.
    const divisor = greatestCommonDivisor(groups, x.shape.at(-1)!);
    const layer = normalization(norm, { name, ...(norm === "group" ? { groups: divisor } : {}) });
    return layer === undefined ? x : this.apply(layer, x);
  }

  activate(x: SymbolicTensor, name: string): SymbolicTensor {
    const { activation } = this.settings;
    if (activation === "relu") return this.rectify(x, name);
    if (activation === "elu") return this.apply(layers.elu({ name }), x);
    return this.apply(layers.leakyReLU({ name, alpha: 0.01 }), x);
  }

  maxPool(x: SymbolicTensor, strides: readonly number[], name: string): SymbolicTensor {
    const poolSize = [...strides];
    if (this.settings.rank === 2) return this.apply(maxPooling2D({ poolSize: poolSize as [number, number], name }), x);
    return this.apply(layers.maxPooling3d({ poolSize: poolSize as [number, number, number], name }), x);
  }

  upConvolution(x: SymbolicTensor, filters: number, strides: readonly number[], name: string): SymbolicTensor {
    const fanIn = strides.reduce((a, b) => a * b, filters);
    const kernelInitializer = this.settings.kernelInitializer(`${name}/kernel`);
    const biasInitializer = this.settings.biasInitializer(`${name}/bias`, fanIn);
    return this.apply(new UpConvolution({ filters, strides, kernelInitializer, biasInitializer, name }), x);
  }

  /** Resizes to a size, or by a factor where lengths are unknown; volumes plane by plane and then across the planes. */
  resize(x: SymbolicTensor, { size, scale, mode, name }: ResizeSettings): SymbolicTensor {
    const space = x.shape.slice(1, -1);
    if (this.settings.rank === 2) {
      const known = [...size, ...space].every((n) => n != null);
      if (known && size.every((n, k) => n === space[k])) return x;
      const to = known ? { size: size as [number, number] } : { scale: scale as [number, number] };
      return this.apply(resize2D({ ...to, mode, name }), x);
    }
    return this.#resizeVolume(x, size as number[], mode, name);
  }

  #resizeVolume(x: SymbolicTensor, size: number[], mode: "nearest" | "bilinear", name: string): SymbolicTensor {
    const space = x.shape.slice(1, -1) as number[];
    const channels = x.shape.at(-1)!;
    if (size.every((n, k) => n === space[k])) return x;
    const [planes, rows, columns] = size as [number, number, number];
    const reshape = (y: SymbolicTensor, targetShape: number[], part: string): SymbolicTensor =>
      this.apply(layers.reshape({ targetShape, name: `${name}.${part}` }), y);
    // A volume is an image of planes × rows with columns · channels, and one of (planes · rows) × columns.
    let y = reshape(x, [space[0]!, space[1]!, space[2]! * channels], "upright");
    y = this.apply(resize2D({ size: [planes, rows], mode, name: `${name}.planesAndRows` }), y);
    y = reshape(y, [planes * rows, space[2]!, channels], "flat");
    y = this.apply(resize2D({ size: [planes * rows, columns], mode, name: `${name}.columns` }), y);
    return reshape(y, [planes, rows, columns, channels], "volume");
  }

  /** The middle of an image. */
  crop(x: SymbolicTensor, size: readonly number[], name: string): SymbolicTensor {
    const cropping = size.map((n, k) => {
      const rest = x.shape[k + 1]! - n;
      return [Math.floor(rest / 2), Math.ceil(rest / 2)];
    });
    return this.apply(layers.cropping2D({ cropping: cropping as [[number, number], [number, number]], name }), x);
  }

  rectify(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.apply(layers.reLU({ name }), x);
  }

  sigmoid(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.apply(layers.activation({ activation: "sigmoid", name }), x);
  }

  multiply(a: SymbolicTensor, b: SymbolicTensor, name: string): SymbolicTensor {
    return this.apply(layers.multiply({ name }), [a, b]);
  }

  add(a: SymbolicTensor, b: SymbolicTensor, name: string): SymbolicTensor {
    return this.apply(layers.add({ name }), [a, b]);
  }

  concatenate(x: SymbolicTensor[], name: string): SymbolicTensor {
    return this.apply(layers.concatenate({ name }), x);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
