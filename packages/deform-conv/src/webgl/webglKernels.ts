import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { Tensor } from "@tensorflow/tfjs-core";
import { concat, matMul, reshape, tidy } from "@tensorflow/tfjs-core";
import { filterMatrix } from "../deformConv2d/composite.js";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import type { DeformConvKernels, ParameterGradients } from "../deformConv2d/kernels.js";
import type { GradientParts } from "./gradientParts.js";
import { gradientParts } from "./gradientParts.js";
import { branchesOf, columnsOf, swapGroups } from "./stripKernels.js";
import { stripsOf } from "./strips.js";

/** What webgl has kernels for: all. */
export const webglKernelKinds: readonly (keyof DeformConvKernels)[] = [
  "forward",
  "inputGradient",
  "parameterGradients",
  "gradients",
];

const joined = (parts: Tensor[], shape: number[]): Tensor =>
  reshape(parts.length === 1 ? parts[0]! : concat(parts, 0), shape);

const imageOf = ({ images }: GradientParts, g: DeformConvGeometry): Tensor =>
  joined(images, [g.batch, g.inHeight, g.inWidth, g.inChannels]);

function parametersOf(
  parts: GradientParts,
  { filter, offset }: { filter: Tensor; offset: Tensor },
  g: DeformConvGeometry,
): ParameterGradients<Tensor> & Record<string, Tensor> {
  return {
    filter: reshape(swapGroups(parts.filter[0]!, g), filter.shape),
    offset: joined(parts.offset, offset.shape),
    mask: joined(parts.mask, [...offset.shape.slice(0, 3), offset.shape[3]! / 2]),
  };
}

/**
 * Kernels for TensorFlow.js' backend webgl: the samples of a strip of windows as a matrix, then its product with the filter. Beside inputs
 * and results a strip is held at a time, of at most `limit` floats, by default 16 MiB. The gradient in the image reads the offsets back,
 * to sort the taps by where they read.
 */
export function webglKernels(backend: MathBackendWebGL, limit: number = 2 ** 22): Required<DeformConvKernels> {
  return {
    forward: ({ x, filter, ...given }, g) =>
      tidy(() => {
        const weights = filterMatrix(filter, g);
        const branches = branchesOf(given, g);
        const rows = stripsOf(g, limit).map((strip) =>
          tidy(() => {
            const product = matMul(columnsOf(backend, x, branches, strip, g), weights);
            return reshape(swapGroups(product, g), [strip.count, g.outChannels]);
          }),
        );
        return joined(rows, [g.batch, g.outHeight, g.outWidth, g.outChannels]);
      }),

    inputGradient: ({ filter, offset, mask, dy }, g) =>
      tidy(() => imageOf(gradientParts(backend, { filter, offset, mask, dy }, g, stripsOf(g, limit), true), g)),

    parameterGradients: (inputs, g) =>
      tidy(() => parametersOf(gradientParts(backend, inputs, g, stripsOf(g, limit), false), inputs, g)),

    gradients: (inputs, g) =>
      tidy(() => {
        const parts = gradientParts(backend, inputs, g, stripsOf(g, limit), true);
        return { ...parametersOf(parts, inputs, g), x: imageOf(parts, g) };
      }),
  };
}
