import type { Tensor } from "@tensorflow/tfjs-core";
import { mul, reshape, tidy, util } from "@tensorflow/tfjs-core";
import { overrideGradient, run } from "./overrideGradient.js";

/**
 * Gradients of sums and means by repeating the small gradient along the axes that vanished. tfjs's own multiply it by a tensor of ones,
 * which is filled in JavaScript: a third of the time of a U-Net's training step.
 */
export function registerReductionGradients(): void {
  for (const kernelName of ["Sum", "Mean"]) {
    overrideGradient(kernelName, (dy, [x], { axis }) => {
      if (dy.dtype !== "float32" || x!.dtype !== "float32") return undefined;
      const axes = util.parseAxisParam(axis as number | number[], x!.shape);
      const kept = x!.shape.map((length, k) => (axes.includes(k) ? 1 : length));
      const repeats = x!.shape.map((length, k) => (axes.includes(k) ? length : 1));
      const count = kernelName === "Mean" ? repeats.reduce((product, n) => product * n, 1) : 1;
      return {
        x: () =>
          tidy(() => {
            const small: Tensor = count === 1 ? dy : mul(dy, 1 / count);
            return run("Tile", { x: reshape(small, kept) }, { reps: repeats });
          }),
      };
    });
  }
}
