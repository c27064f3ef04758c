export { createDrlse } from "./createDrlse.js";
export { drlse } from "./drlse.js";
export type { DrlseOptions, DrlseParameters, DrlseSolverOptions } from "./options.js";
