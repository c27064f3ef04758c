import { overrideGradient, run } from "./overrideGradient.js";

/** Gradients of activations in one pass; tfjs's own make two to four. */
export function registerActivationGradients(): void {
  // The result of ReLU tells as much as its argument, and is held anyway by the layer behind it.
  const saves = { Relu: "output", Relu6: "input", LeakyRelu: "input" } as const;
  for (const [kernelName, saved] of Object.entries(saves)) {
    overrideGradient(
      kernelName,
      (dy, [x], { alpha }) =>
        dy.dtype === "float32" && x!.dtype === "float32"
          ? { x: () => run(`Simd${kernelName}Grad`, { dy, x: x! }, alpha === undefined ? {} : { alpha }) }
          : undefined,
      saved === "output" ? { saveOutput: true } : {},
    );
  }
  for (const kernelName of ["Sigmoid", "Tanh"]) {
    overrideGradient(kernelName, (dy, [y]) => ({ x: () => run(`Simd${kernelName}Grad`, { dy, y: y! }) }));
  }
}
