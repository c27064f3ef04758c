export type { BudaOptions } from "./buda.js";
export type { UnetEncoder } from "./encoder.js";
export type { UnetInputShape } from "./inputShape.js";
export type { UnetActivation } from "./layerBuilder.js";
export type { NnunetOptions } from "./nnunet.js";
export type { UnetAttention } from "./plan.js";
export type { RonnebergerOptions } from "./ronneberger.js";
export type { Unet, UnetOptions } from "./unet.js";
export { unet } from "./unet.js";
