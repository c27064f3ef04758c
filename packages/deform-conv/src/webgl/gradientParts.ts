import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { Tensor } from "@tensorflow/tfjs-core";
import { add, dispose, matMul, tidy } from "@tensorflow/tfjs-core";
import { filterMatrix } from "../deformConv2d/composite.js";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { branchesOf, columnsOf, imageGradient, outputRows, tapGradients } from "./stripKernels.js";
import type { Strip } from "./strips.js";

/** Gradients as the strips made them: the sum in the filter, (groups, K · channels of a group, outputs of a group), and rows of the others. */
export interface GradientParts {
  filter: Tensor[];
  offset: Tensor[];
  mask: Tensor[];
  /** (images, height, width, channels) each. */
  images: Tensor[];
}

/** Gradients in filter, offset and mask if the image `x` is given, and in the image if `ofImage`. */
export function gradientParts(
  backend: MathBackendWebGL,
  { x, filter, dy, ...given }: { x?: Tensor; filter: Tensor; dy: Tensor; offset: Tensor; mask: Tensor | undefined },
  g: DeformConvGeometry,
  strips: readonly Strip[],
  ofImage: boolean,
): GradientParts {
  const parts: GradientParts = { filter: [], offset: [], mask: [], images: [] };
  const weights = filterMatrix(filter, g);
  const branches = branchesOf(given, g);
  for (const strip of strips) {
    const isWithinImage = strip.from % (g.outHeight * g.outWidth) !== 0;
    const sum = parts.filter.pop();
    const before = isWithinImage ? parts.images.pop() : undefined;
    const made = tidy(() => {
      const rows = outputRows(dy, strip, g);
      const ofFilter = x && tidy(() => matMul(columnsOf(backend, x, branches, strip, g), rows, true, false));
      const slopes = matMul(rows, weights, false, true);
      return {
        filter: ofFilter && sum ? add(sum, ofFilter) : ofFilter,
        taps: x && tapGradients(backend, x, slopes, branches, strip, g),
        image: ofImage ? imageGradient(backend, slopes, branches, strip, g, before) : undefined,
      };
    });
    for (const old of [sum, before]) if (old !== undefined) dispose(old);
    if (made.filter !== undefined) parts.filter.push(made.filter);
    if (made.taps !== undefined) {
      parts.offset.push(made.taps.offset);
      parts.mask.push(made.taps.mask);
    }
    if (made.image !== undefined) parts.images.push(made.image);
  }
  return parts;
}
