import { ArgumentError, expectBoolean, expectNumber } from "@ddl/core";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import type { BackboneBuilder, ConvolutionSettings } from "./backboneBuilder.js";
import type { BackboneOptions } from "./backboneOptions.js";

/** Options of the Inception networks. */
export interface InceptionOptions extends BackboneOptions {
  /**
   * Only with `classes`: the results are the logits and those of the auxiliary heads, which are trained beside them and otherwise of no use.
   * Default false; torchvision's models have them.
   */
  auxiliary?: boolean;
  /** Only with `classes`: the share of features, in [0, 1), that training leaves out before the last layer. Default: torchvision's. */
  dropout?: number;
}

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
