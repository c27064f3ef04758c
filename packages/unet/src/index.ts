export * from "./inference/index.js";
export type { UnetOptions } from "./unet.js";
export { unet } from "./unet.js";
