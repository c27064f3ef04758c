import type { Runtime } from "@ddl/simd";
import type { ChanVeseImage } from "../chanVese/chanVeseImage.js";
import type { ChanVeseParameters } from "../chanVese/options.js";
import type { Kernels } from "./kernels.js";

/** What the sweeps of a solver stand on. */
export interface SimdSetting<Values extends Float32Array | Float64Array> {
  runtime: Runtime;
  kernels: Kernels;
  /** Memory of the runtime that the solver gives back. */
  allocate: (bytes: number) => number;
  /** The image, scaled. */
  image: ChanVeseImage<Values>;
  /** φ to begin with. */
  start: Values;
}

/** φ in the memory of a runtime. */
export interface SimdSweep<Values extends Float32Array | Float64Array> {
  /** One iteration. @returns the root mean square change */
  iterate(parameters: Omit<ChanVeseParameters, "energies" | "tolerance">): number;
  /** Copies φ to an array of its own. */
  read(values: Values): void;
}
