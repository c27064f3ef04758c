import { batchNormalization, convolution2D, maxPooling2D, resize2D, torchDefault } from "@ddl/backbones/layers";
import {
  ArgumentError,
  expectBoolean,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectString,
  ShapeError,
} from "@ddl/core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { initializers, input, layers, model } from "@tensorflow/tfjs-layers";
import { expectInputShape } from "../unet/inputShape.js";
import { ClampedDeformConv2D } from "./clampedDeformConv2D.js";

/** Options of {@link duNet}. */
export interface DuNetOptions {
  /** [rows, columns, channels] of an image; rows and columns at least 16. */
  inputShape: readonly [rows: number, columns: number, channels: number];
  /** Channels of the result, ≥ 1. Default 1. */
  classes?: number;
  /** Filters of the first level, ≥ 1. Default 16, as the published program is run; its full width is 64. */
  baseFilters?: number;
  /** Each sample of a deformable convolution has a factor too, a sigmoid of what a third convolution makes. Default false. */
  modulated?: boolean;
  /** What the head is followed by. Default `"none"` (logits), with `asPublished` `"sigmoid"`. */
  activation?: "none" | "sigmoid";
  /** With the slips of the published program, to load its weights: see there. Default false. */
  asPublished?: boolean;
  /** Seed of the initial weights, an integer. Default 0. */
  seed?: number;
  /** Name of the model. Default `duNet`. */
  name?: string;
}

/**
 * DUNet, the deformable U-Net for retinal vessels: (batch, rows, columns, channels) → (batch, rows, columns, classes), logits by default.
 *
 * Every level is two times 3 × 3 convolution, batch normalisation and ReLU; on the way down 2 × 2 max pooling, on the way up bilinear
 * interpolation with aligned corners, zeros up to the skip's size, and concatenation [skip, up]. The levels at 1/2 and 1/4 of the resolution
 * on the way down, and at 1/2 and 1/1 on the way up, are deformable (`ClampedDeformConv2D`): of published weights 883,730 parameters
 * with 16 filters and three channels, 13,570,706 with 64. Before the 1 × 1 head the image itself is concatenated, [image, features]. Any
 * size of 16 pixels a side and more will do.
 *
 * Layers have the paths of the published program's modules, `down1.mpconv.1.conv.0.p_conv`. `p_conv` makes offsets, first those of all rows,
 * then those of all columns, `m_conv` the mask; offsets are learnt at the pace of everything else, as there.
 *
 * **Slips of the published program** are not copied unless `asPublished` asks for them: the windows of its deformable convolutions are
 * shifted by one pixel down and right (an index for padded input, without padding); where a place lies on or beyond an edge, the
 * edge counts twice an axis; the head has room for one image channel, so that it fails with three; the mask's convolution starts at ½ instead
 * of 0, and biases of offsets and masks not at 0; a hook that should slow offsets down has no effect (nor here, nor there). Ours
 * has f + channels inputs in the head: 883,732 parameters for three channels, 883,442 for one, the published number.
 *
 * @throws ShapeError, ArgumentError, RangeArgumentError
 * @example `const model = duNet({ inputShape: [48, 48, 1] })`
 *
 * Source: Jin et al. 2019 (`jin2019`) and the published PyTorch program.
 */
export function duNet(options: DuNetOptions): LayersModel {
  const known = [
    "inputShape",
    "classes",
    "baseFilters",
    "modulated",
    "activation",
    "asPublished",
    "seed",
    "name",
  ] as const;
  const {
    inputShape,
    classes = 1,
    baseFilters: f = 16,
    modulated = false,
    ...rest
  } = expectOptions("duNet", options, known);
  const { asPublished = false, activation = asPublished ? "sigmoid" : "none", seed = 0, name = "duNet" } = rest;
  expectNumber("duNet", "classes", classes, { integer: true, min: 1 });
  expectNumber("duNet", "baseFilters", f, { integer: true, min: 1 });
  expectBoolean("duNet", "modulated", modulated);
  expectBoolean("duNet", "asPublished", asPublished);
  expectOneOf("duNet", "activation", activation, ["none", "sigmoid"]);
  expectNumber("duNet", "seed", seed, { integer: true });
  expectString("duNet", "name", name);
  expectDuNetShape(inputShape, asPublished);

  const on = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
    layer.apply(x) as SymbolicTensor;
  const zeros = initializers.zeros();

  const convolution = (x: SymbolicTensor, filters: number, path: string, kernelSize = 3): SymbolicTensor => {
    const initial = (weight: string, fanIn: number) => torchDefault({ name: `${path}/${weight}`, seed, fanIn });
    const fanIn = kernelSize ** 2 * x.shape[3]!;
    const start = { kernelInitializer: initial("kernel", fanIn), biasInitializer: initial("bias", fanIn) };
    return on(convolution2D({ filters, kernelSize, padding: (kernelSize - 1) / 2, ...start, name: path }), x);
  };

  /** Offsets or what a mask is made of. */
  const branch = (x: SymbolicTensor, filters: number, path: string, published: number): SymbolicTensor => {
    const biasInitializer = torchDefault({ name: `${path}/bias`, seed, fanIn: 9 * x.shape[3]! });
    const start = asPublished
      ? { kernelInitializer: initializers.constant({ value: published }), biasInitializer }
      : { kernelInitializer: zeros, biasInitializer: zeros };
    return on(convolution2D({ filters, kernelSize: 3, padding: 1, ...start, name: path }), x);
  };

  const deformable = (x: SymbolicTensor, filters: number, path: string): SymbolicTensor => {
    const inputs = [x, branch(x, 18, `${path}.p_conv`, 0)];
    if (modulated) {
      const mask = branch(x, 9, `${path}.m_conv`, 0.5);
      inputs.push(on(layers.activation({ activation: "sigmoid", name: `${path}.m_sigmoid` }), mask));
    }
    const kernelInitializer = torchDefault({ name: `${path}.conv/kernel`, seed });
    return on(new ClampedDeformConv2D({ filters, asPublished, kernelInitializer, name: `${path}.conv` }), inputs);
  };

  const block = (x: SymbolicTensor, filters: number, path: string, convolve = convolution): SymbolicTensor =>
    [0, 3].reduce((y, k) => {
      const convolved = convolve(y, filters, `${path}.${k}`);
      const normalized = on(batchNormalization({ name: `${path}.${k + 1}` }), convolved);
      return on(layers.reLU({ name: `${path}.${k + 2}` }), normalized);
    }, x);

  const down = (x: SymbolicTensor, filters: number, path: string, convolve = convolution): SymbolicTensor =>
    block(on(maxPooling2D({ poolSize: 2, name: `${path}.mpconv.0` }), x), filters, `${path}.mpconv.1.conv`, convolve);

  const up = (x: SymbolicTensor, skip: SymbolicTensor, filters: number, path: string, convolve = convolution) => {
    let wide = on(resize2D({ scale: 2, mode: "bilinear", alignCorners: true, name: `${path}.up` }), x);
    const [rows, columns] = [1, 2].map((axis) => {
      const missing = skip.shape[axis]! - wide.shape[axis]!;
      return [Math.floor(missing / 2), Math.ceil(missing / 2)] as [number, number];
    });
    if ([...rows!, ...columns!].some((n) => n > 0)) {
      wide = on(layers.zeroPadding2d({ padding: [rows!, columns!], name: `${path}.pad` }), wide);
    }
    const joined = on(layers.concatenate({ name: `${path}.join` }), [skip, wide]);
    return block(joined, filters, `${path}.conv.conv`, convolve);
  };

  const image = input({ shape: [...inputShape], name: `${name}_input` });
  const x1 = block(image, f, "inc.conv.conv");
  const x2 = down(x1, 2 * f, "down1", deformable);
  const x3 = down(x2, 4 * f, "down2", deformable);
  const x4 = down(x3, 8 * f, "down3");
  const x5 = down(x4, 8 * f, "down4");
  let x = up(x5, x4, 4 * f, "up1");
  x = up(x, x3, 2 * f, "up2");
  x = up(x, x2, f, "up3", deformable);
  x = up(x, x1, f, "up4", deformable);
  x = convolution(on(layers.concatenate({ name: "join" }), [image, x]), classes, "outc", 1);
  if (activation === "sigmoid") x = on(layers.activation({ activation: "sigmoid", name: "sigmoid" }), x);
  return model({ inputs: image, outputs: x, name });
}

function expectDuNetShape(inputShape: readonly number[], asPublished: boolean): void {
  const functionName = "duNet";
  const argument = "inputShape";
  expectInputShape(functionName, inputShape, [3]);
  // Zeros up to the size of a skip are counted when the network is built.
  for (const n of inputShape) expectNumber(functionName, argument, n, { integer: true, min: 1 });
  const [rows, columns, channels] = inputShape as unknown as [number, number, number];
  if (Math.min(rows, columns) < 16) {
    const expected = "have at least 16 rows and columns, which four poolings halve";
    throw new ShapeError({ functionName, argument, expected, received: inputShape });
  }
  if (asPublished && channels !== 1) {
    const expected = "have one channel with asPublished, as the published head has room for one";
    throw new ArgumentError({ functionName, argument, expected, received: inputShape });
  }
}
