export type { ReinitializeOptions } from "./reinitialize.js";
export { reinitialize } from "./reinitialize.js";
