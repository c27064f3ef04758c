import type { AnyArray } from "@ddl/core";

/** What a filter of real numbers stores its result in: float32 stays float32, everything else becomes float64. */
export type FloatStorage<T extends AnyArray> = T extends Float32Array ? Float32Array : Float64Array;
