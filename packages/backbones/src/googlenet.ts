import { expectNumber } from "@ddl/core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import { BackboneBuilder } from "./backboneBuilder.js";
import { backboneSettingsOf } from "./backboneOptions.js";
import type { InceptionOptions } from "./inception.js";
import { basicConvolution, headSettingsOf, imageOf, joined } from "./inception.js";
import { adaptiveAveragePooling2D } from "./layers/adaptiveAveragePooling2D.js";
import { normal } from "./layers/initializers.js";
import { maxPooling2D } from "./layers/maxPooling2D.js";

/** Options of {@link googlenet}. */
export interface GooglenetOptions extends InceptionOptions {
  /** The same before the last layer of the auxiliary heads. Default 0.7. */
  auxiliaryDropout?: number;
}

const name = "googlenet";

/** Channels of 1 × 1 | 3 × 3 reduced, 3 × 3 | "5 × 5" reduced, "5 × 5" | projection of the pooling. */
type Columns = readonly [number, number, number, number, number, number];

const blocks: Readonly<Record<string, Columns>> = {
  inception3a: [64, 96, 128, 16, 32, 32],
  inception3b: [128, 128, 192, 32, 96, 64],
  inception4a: [192, 96, 208, 16, 48, 64],
  inception4b: [160, 112, 224, 24, 64, 64],
  inception4c: [128, 128, 256, 24, 64, 64],
  inception4d: [112, 144, 288, 32, 64, 64],
  inception4e: [256, 160, 320, 32, 128, 128],
  inception5a: [256, 160, 320, 32, 128, 128],
  inception5b: [384, 192, 384, 48, 128, 128],
};

/**
 * GoogLeNet as torchvision has it: with batch normalisation, and with 3 × 3 in place of the paper's 5 × 5 convolutions, which its weights need.
 *
 * Without `classes` the model gives the pyramid [C1, …, C5] of `conv1`, `conv3`, `inception3b`, `inception4e` and `inception5b`: 64, 192, 480, 832
 * and 1024 channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the image's size. With `classes` it gives logits (batch, classes), and with `auxiliary`
 * [logits, those of `aux2`, those of `aux1`]; with three channels and batch normalisation it then has torchvision's number of parameters.
 * Layers are named by torch's module paths, `inception3a.branch2.0.conv`. torchvision's pretrained weights need `transformInput`.
 * @throws ArgumentError, ShapeError, RangeArgumentError
 * @example
 * ```ts
 * const encoder = googlenet({ inputShape: [96, 128, 3] });
 * const classifier = googlenet({ classes: 10, auxiliary: true });
 * ```
 *
 * Source: Szegedy et al. 2015 (`szegedy2015`), table 1.
 */
export function googlenet(options: GooglenetOptions = {}): LayersModel {
  const settings = backboneSettingsOf(name, options, ["auxiliary", "dropout", "transformInput", "auxiliaryDropout"]);
  const { auxiliary, dropout } = headSettingsOf(name, options, { dropout: 0.2 });
  const { auxiliaryDropout = 0.7 } = options;
  expectNumber(name, "auxiliaryDropout", auxiliaryDropout, { min: 0, below: 1 });
  const builder = new BackboneBuilder(settings, kernelStart, 1e-3);
  const convolution = (x: SymbolicTensor, layer: string, kernelSize: number, filters: number, strides = 1) =>
    basicConvolution(builder, x, layer, { kernelSize, filters, strides, padding: (kernelSize - 1) / 2 });
  const pool = (x: SymbolicTensor, layer: string, poolSize: number, strides: number, padding: number): SymbolicTensor =>
    builder.apply(maxPooling2D({ poolSize, strides, padding, ceilMode: true, name: builder.path(layer) }), x);
  const inception = (x: SymbolicTensor, block: string): SymbolicTensor => {
    const [single, threeReduced, three, fiveReduced, five, projection] = blocks[block]!;
    return joined(builder, block, [
      convolution(x, `${block}.branch1`, 1, single),
      convolution(convolution(x, `${block}.branch2.0`, 1, threeReduced), `${block}.branch2.1`, 3, three),
      convolution(convolution(x, `${block}.branch3.0`, 1, fiveReduced), `${block}.branch3.1`, 3, five),
      convolution(pool(x, `${block}.branch4.0`, 3, 1, 1), `${block}.branch4.1`, 1, projection),
    ]);
  };
  const auxiliaries: SymbolicTensor[] = [];
  const head = (x: SymbolicTensor, path: string, classes: number): SymbolicTensor => {
    let y = builder.apply(adaptiveAveragePooling2D({ size: 4, name: builder.path(`${path}.avgpool`) }), x);
    y = convolution(y, `${path}.conv`, 1, 128);
    y = builder.apply(layers.flatten({ name: builder.path(`${path}.flatten`) }), y);
    y = builder.relu(builder.linear(y, `${path}.fc1`, 1024, kernelStart), `${path}.relu`);
    return builder.linear(builder.dropout(y, `${path}.dropout`, auxiliaryDropout), `${path}.fc2`, classes, kernelStart);
  };

  const pyramid = [convolution(imageOf(builder, name, options.transformInput), "conv1", 7, 64, 2)];
  let x = pool(pyramid[0]!, "maxpool1", 3, 2, 0);
  x = convolution(convolution(x, "conv2", 1, 64), "conv3", 3, 192);
  pyramid.push(x);
  x = pool(x, "maxpool2", 3, 2, 0);
  x = inception(inception(x, "inception3a"), "inception3b");
  pyramid.push(x);
  x = pool(x, "maxpool3", 3, 2, 0);
  for (const block of ["inception4a", "inception4b", "inception4c", "inception4d", "inception4e"]) {
    x = inception(x, block);
    const path = { inception4a: "aux1", inception4d: "aux2" }[block];
    if (auxiliary && settings.classes !== undefined && path !== undefined) {
      auxiliaries.unshift(head(x, path, settings.classes));
    }
  }
  pyramid.push(x);
  x = pool(x, "maxpool4", 2, 2, 0);
  x = inception(inception(x, "inception5a"), "inception5b");
  pyramid.push(x);
  if (settings.classes === undefined) return builder.model(pyramid);
  x = builder.dropout(builder.averagePool(x, "avgpool"), "dropout", dropout);
  const logits = builder.linear(x, "fc", settings.classes, kernelStart);
  return builder.model(auxiliaries.length === 0 ? logits : [logits, ...auxiliaries]);
}

/** torchvision's deviation; it cuts the normal distribution at ±2, which is 200 of them. */
function kernelStart(start: { name: string; seed: number }): ReturnType<typeof normal> {
  return normal({ ...start, deviation: 0.01 });
}
