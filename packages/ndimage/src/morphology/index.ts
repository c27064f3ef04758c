export type { MorphologyOptions } from "./binaryMorphology.js";
export { binaryClosing, binaryDilation, binaryErosion, binaryOpening } from "./binaryMorphology.js";
export type { FillHolesOptions } from "./fillHoles.js";
export { fillHoles } from "./fillHoles.js";
export type { StructuringElementOptions } from "./structuringElement.js";
