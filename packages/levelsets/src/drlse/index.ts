export type { DrlseOptions, DrlseResult } from "./drlse.js";
export { drlse } from "./drlse.js";
