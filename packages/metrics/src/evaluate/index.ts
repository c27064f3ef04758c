export type { Summary } from "./summarize.js";
export { summarize } from "./summarize.js";
