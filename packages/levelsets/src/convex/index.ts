export { convexChanVese, createConvexChanVese } from "./convexChanVese.js";
export type {
  ConvexChanVeseOptions,
  ConvexChanVeseParameters,
  ConvexChanVeseResult,
  ConvexChanVeseSolver,
  ConvexChanVeseSolverOptions,
  ConvexChanVeseState,
} from "./options.js";
