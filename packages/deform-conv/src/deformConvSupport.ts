import { ArgumentError } from "@ddl/core";
import { getBackend, getKernel } from "@tensorflow/tfjs-core";
import { kernelNames } from "./deformConv2d/kernels.js";
import { binKernelNames } from "./roi/kernels.js";
import { roiKernelNames } from "./roi/roiKernels.js";

/**
 * What computes a piece of work: `"kernel"`, written for the backend; `"loops"`, the plain definition in JavaScript; `"operations"` of
 * tfjs-core, on every other backend.
 */
export type Implementation = "kernel" | "loops" | "operations";

/** What computes which piece of work. */
export interface DeformConvSupport {
  /** Values of `deformConv2d`; the gradient of y of its transpose. */
  forward: Implementation;
  /** The gradient of x of `deformConv2d`; values of its transpose. */
  inputGradient: Implementation;
  /** Gradients of filter, offset and mask of both. */
  parameterGradients: Implementation;
  /** Means over bins of RoIs, with their gradients: `roiAlign`, `psRoiAlign`, `psRoiPool` and the deformable poolings. */
  roiPooling: Implementation;
  /** Maxima over bins of RoIs, with their gradients: `roiPool`, and `roiAlign` with mode `"max"`. */
  roiMaxima: Implementation;
  /**
   * Where RoIs and the offsets of deformable poolings may be: `"anywhere"`, or `"host"` on the backend webgpu without its kernels, where only
   * values can be read that were given as numbers and have not been used by another operation.
   */
  roiValues: "anywhere" | "host";
}

/**
 * Tells what the operations run on: the kernels that the sub-paths `simd`, `wasm`, `webgl` and `webgpu` have registered by now, or what
 * stands in for them. Means of `deformPool2d` run on those of `deformConv2d` on `simd` and `wasm`. All other operations of this package have
 * no kernels: loops on `cpu`, operations elsewhere.
 * @param backend name of a backend of TensorFlow.js; it need not have started. Default: the one in use
 * @throws ArgumentError
 * @example `deformConvSupport("webgl").forward // "operations", and "kernel" after import "@ddl/deform-conv/webgl"`
 */
export function deformConvSupport(backend: string = getBackend()): DeformConvSupport {
  if (typeof backend !== "string" || backend === "") {
    throw new ArgumentError({
      functionName: "deformConvSupport",
      argument: "backend",
      expected: "be the name of a backend",
      received: backend,
    });
  }
  const of = (...names: string[]): Implementation => {
    if (names.every((name) => getKernel(name, backend) !== undefined)) return "kernel";
    return backend === "cpu" ? "loops" : "operations";
  };
  const cutsRois = Object.values(roiKernelNames).every((name) => getKernel(name, backend) !== undefined);
  return {
    forward: of(kernelNames.forward),
    inputGradient: of(kernelNames.inputGradient),
    parameterGradients: of(kernelNames.parameterGradients),
    roiPooling: cutsRois ? "kernel" : of(binKernelNames.sums, binKernelNames.gradient),
    roiMaxima: of(roiKernelNames.maxima, roiKernelNames.maximaGradient),
    roiValues: backend === "webgpu" && !cutsRois ? "host" : "anywhere",
  };
}
