import { ArgumentError, expectBoolean, expectNumber } from "@ddl/core";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import type { BackboneBuilder, ConvolutionSettings } from "./backboneBuilder.js";
import type { BackboneOptions } from "./backboneOptions.js";
import { channelAffine } from "./layers/channelAffine.js";

/** Options of the Inception networks. */
export interface InceptionOptions extends BackboneOptions {
  /**
   * Only with `classes`: the results are the logits and those of the auxiliary heads, which are trained beside them and otherwise of no use.
   * Default false; torchvision's models have them.
   */
  auxiliary?: boolean;
  /** Only with `classes`: the share of features, in [0, 1), that training leaves out before the last layer. Default: torchvision's. */
  dropout?: number;
  /**
   * Only with three channels: images normalised by ImageNet's statistics, as every other backbone of torchvision wants them, are brought to
   * ±1 first, which the pretrained weights of torchvision need. Default false.
   */
  transformInput?: boolean;
}

/** ImageNet's mean and deviation of red, green and blue, of values from 0 to 1. */
const imageNet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/** Checks options that Inception networks have in common. @throws ArgumentError, RangeArgumentError */
export function headSettingsOf(
  functionName: string,
  { auxiliary = false, dropout, classes }: InceptionOptions,
  defaults: { dropout: number },
): { auxiliary: boolean; dropout: number } {
  for (const [argument, received] of Object.entries({ auxiliary: auxiliary || undefined, dropout })) {
    if (received === undefined || classes !== undefined) continue;
    throw new ArgumentError({ functionName, argument, expected: "be left out without classes", received });
  }
  return {
    auxiliary: expectBoolean(functionName, "auxiliary", auxiliary),
    dropout: expectNumber(functionName, "dropout", dropout ?? defaults.dropout, { min: 0, below: 1 }),
  };
}

/** The image as the first convolution sees it. @throws ArgumentError */
export function imageOf(builder: BackboneBuilder, functionName: string, transformInput = false): SymbolicTensor {
  if (!expectBoolean(functionName, "transformInput", transformInput)) return builder.image;
  const channels = builder.settings.inputShape[2];
  if (channels !== 3) {
    const expected = `be false for an image of ${channels} channels: ImageNet's statistics are those of three`;
    throw new ArgumentError({ functionName, argument: "transformInput", expected, received: transformInput });
  }
  const scale = imageNet.deviation.map((deviation) => deviation / 0.5);
  const offset = imageNet.mean.map((mean) => (mean - 0.5) / 0.5);
  return builder.apply(channelAffine({ scale, offset, name: builder.path("transform_input") }), builder.image);
}

/** Convolution, normalisation and ReLU: torchvision's `BasicConv2d`. */
export function basicConvolution(
  builder: BackboneBuilder,
  x: SymbolicTensor,
  name: string,
  options: ConvolutionSettings,
): SymbolicTensor {
  const y = builder.convolution(x, `${name}.conv`, options);
  return builder.relu(builder.normalization(y, `${name}.bn`), `${name}.relu`);
}

/** Branches side by side. */
export function joined(builder: BackboneBuilder, name: string, branches: SymbolicTensor[]): SymbolicTensor {
  return builder.apply(layers.concatenate({ name: builder.path(name), axis: -1 }), branches);
}
