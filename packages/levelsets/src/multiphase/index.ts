export { chanVeseMultiphase, createChanVeseMultiphase } from "./chanVeseMultiphase.js";
export type {
  ChanVeseMultiphaseOptions,
  ChanVeseMultiphaseResult,
  ChanVeseMultiphaseSolver,
  ChanVeseMultiphaseSolverOptions,
  ChanVeseMultiphaseState,
} from "./options.js";
