export type { OpenLggOptions } from "./lgg/openLgg.js";
export { openLgg } from "./lgg/openLgg.js";
