export type { GoldenArray } from "./goldens.js";
export { goldenArray } from "./goldens.js";
export { layouts } from "./layouts.js";
export { mask, maskText, volumeMask } from "./masks.js";
export type { Closeness } from "./matchers.js";
