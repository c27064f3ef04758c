import type { AnyArray, Cancellable } from "@ddl/core";
import { expectNumber, expectOptions, throwIfAborted } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { ChanVeseProgress } from "../chanVese/options.js";
import type { SimdChanVeseSolverOptions, SimdChanVeseType, SimdChanVeseValues } from "./createSimdChanVese.js";
import { createSolver, simdChanVeseOptionNames } from "./createSimdChanVese.js";

/** Options of {@link simdChanVese}. */
export interface SimdChanVeseOptions<Type extends SimdChanVeseType = SimdChanVeseType>
  extends SimdChanVeseSolverOptions<Type>,
    Cancellable {
  /** Stop after this many iterations, ≥ 0. Default 500. */
  maxIterations?: number;
  /** Called after each iteration. */
  onProgress?: (progress: ChanVeseProgress) => void;
}

/** Result of {@link simdChanVese}. */
export interface SimdChanVeseResult<Type extends SimdChanVeseType = "float32"> {
  /** The shape of φ, 1 inside. */
  mask: NdArray<Uint8Array>;
  /** The level set. */
  phi: NdArray<SimdChanVeseValues<Type>>;
  iterations: number;
  /** The change fell to the tolerance. */
  converged: boolean;
}

/** Iterations between two looks at what else the thread has to do, such as raising the signal. */
const stretch = 16;

/**
 * `chanVese` on WebAssembly SIMD and threads: what `chanVese(image, { energies: false })` gives for a float32 image, or with `dtype:
 * "float64"` for a float64 image or volume. Other events of the thread are served between iterations.
 *
 * @param image as of `createSimdChanVese`
 * @throws as `createSimdChanVese`; the signal's reason
 * @example `const { mask } = await simdChanVese(image, { mu: 0.1, signal });`
 */
export async function simdChanVese<Type extends SimdChanVeseType = "float32">(
  image: NdArray<AnyArray>,
  options: SimdChanVeseOptions<Type> = {},
): Promise<SimdChanVeseResult<Type>> {
  const name = "simdChanVese";
  const known = [...simdChanVeseOptionNames, "maxIterations", "onProgress", "signal"] as const;
  const { maxIterations = 500, onProgress, signal, ...rest } = expectOptions(name, options, known);
  expectNumber(name, "maxIterations", maxIterations, { integer: true, min: 0 });
  throwIfAborted(signal);
  const solver = await createSolver(name, image, rest);
  try {
    while (!solver.converged && solver.iterations < maxIterations) {
      if (solver.iterations % stretch === stretch - 1) await new Promise((resolve) => setTimeout(resolve, 0));
      throwIfAborted(signal);
      solver.step();
      onProgress?.({ iteration: solver.iterations, maxIterations, change: solver.change });
    }
    const { iterations, converged } = solver;
    return { mask: solver.mask(), phi: solver.phi(), iterations, converged };
  } finally {
    solver.dispose();
  }
}
