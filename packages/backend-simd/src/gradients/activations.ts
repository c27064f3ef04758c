import { overrideGradient, run } from "./overrideGradient.js";

/** Gradients of activations in one pass; tfjs's own make two to four. */
export function registerActivationGradients(): void {
  for (const kernelName of ["Relu", "Relu6", "LeakyRelu"]) {
    overrideGradient(kernelName, (dy, [x], { alpha }) =>
      dy.dtype === "float32" && x!.dtype === "float32"
        ? { x: () => run(`Simd${kernelName}Grad`, { dy, x: x! }, alpha === undefined ? {} : { alpha }) }
        : undefined,
    );
  }
  for (const kernelName of ["Sigmoid", "Tanh"]) {
    overrideGradient(kernelName, (dy, [y]) => ({ x: () => run(`Simd${kernelName}Grad`, { dy, y: y! }) }));
  }
}
