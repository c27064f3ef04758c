import type { Tensor } from "@tensorflow/tfjs-core";
import type { Activation } from "../input/probability.js";
import type { DiceLossOptions } from "../region/diceLoss.js";

/** Options of `diceLoss` that compound losses pass on. */
export const diceKeys = [
  "fromLogits",
  "activation",
  "over",
  "background",
  "classWeights",
  "ignoreIndex",
  "validate",
  "smooth",
  "absent",
  "squared",
  "logLoss",
] as const;

/** The options without those that are undefined. */
export function definedOnly<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

/** The options of the Dice part: no class weights where it has no classes, or one. */
export function dicePart(options: DiceLossOptions, yPred: Tensor): DiceLossOptions {
  const { classWeights, ...others } = options;
  const over = options.over ?? (options.reference === "monai" ? "sample-class" : "all");
  const weighs = over !== "all" && yPred.shape.at(-1) !== 1;
  return { ...others, ...(weighs ? definedOnly({ classWeights }) : {}) };
}

/** The activation that the options choose for a prediction. */
export function chosenActivation(yPred: Tensor, { activation }: { activation?: Activation }): Activation {
  return activation ?? (yPred.shape.at(-1) === 1 ? "sigmoid" : "softmax");
}
