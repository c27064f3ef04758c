export type {
  SimdChanVeseParameters,
  SimdChanVeseSolver,
  SimdChanVeseSolverOptions,
  SimdChanVeseType,
  SimdChanVeseValues,
} from "./createSimdChanVese.js";
export { createSimdChanVese } from "./createSimdChanVese.js";
export type { SimdChanVeseOptions, SimdChanVeseResult } from "./simdChanVese.js";
export { simdChanVese } from "./simdChanVese.js";
