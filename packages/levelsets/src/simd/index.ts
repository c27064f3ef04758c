export type {
  SimdChanVeseParameters,
  SimdChanVeseSolver,
  SimdChanVeseSolverOptions,
} from "./createSimdChanVese.js";
export { createSimdChanVese } from "./createSimdChanVese.js";
export type { SimdChanVeseOptions, SimdChanVeseResult } from "./simdChanVese.js";
export { simdChanVese } from "./simdChanVese.js";
