export * from "./conventions/index.js";
export type { EmptyPolicy, EmptyValue } from "./empty/emptyPolicy.js";
export type { ZeroDivision } from "./empty/zeroDivision.js";
export * from "./evaluate/index.js";
export type { ArrayInput } from "./input/values.js";
export * from "./overlap/index.js";
export * from "./surfaces/index.js";
