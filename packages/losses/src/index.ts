export type { BinaryCrossEntropyOptions } from "./binaryCrossEntropy.js";
export { binaryCrossEntropy } from "./binaryCrossEntropy.js";
export type { DiceLossOptions } from "./diceLoss.js";
export { diceLoss } from "./diceLoss.js";
