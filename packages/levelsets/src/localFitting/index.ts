export { createLocalBinaryFitting, localBinaryFitting } from "./localBinaryFitting.js";
export type {
  LocalBinaryFittingOptions,
  LocalBinaryFittingParameters,
  LocalBinaryFittingResult,
  LocalBinaryFittingSolver,
  LocalBinaryFittingSolverOptions,
  LocalBinaryFittingState,
} from "./options.js";
