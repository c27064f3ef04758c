import type { Tensor } from "@tensorflow/tfjs-core";
import { everyChannel } from "../input/everyChannel.js";
import { expectClasses } from "../input/expectClasses.js";
import { logOdds, logProbability } from "../input/logOdds.js";
import { lossInput } from "../input/lossInput.js";
import type { TargetOptions } from "../input/lossOptions.js";
import type { Activation, ProbabilityOptions } from "../input/probability.js";
import { binaryElement } from "./binaryElement.js";
import { categoricalElement, logarithmElement } from "./categoricalElement.js";
import { elementLoss } from "./elementLoss.js";

/** Options of the losses that choose the hardest voxels. */
export interface VoxelOptions extends ProbabilityOptions, TargetOptions {}

export interface VoxelSettings {
  fromLogits: boolean;
  activation: Activation | undefined;
  ignoreIndex: number | undefined;
  validate: boolean;
}

export const voxelDefaults: VoxelSettings = {
  fromLogits: false,
  activation: undefined,
  ignoreIndex: undefined,
  validate: false,
};

/** The cross-entropy of each voxel (sigmoid: of each element), and which of them count. Inside a `tidy`. */
export function voxelEntropy(
  functionName: string,
  yTrue: Tensor,
  yPred: Tensor,
  settings: VoxelSettings,
): { losses: Tensor; keep: Tensor | undefined } {
  const { t, keep } = lossInput(functionName, yTrue, yPred, settings, 3);
  const channels = yPred.shape.at(-1)!;
  const { fromLogits, activation = channels === 1 ? "sigmoid" : "softmax" } = settings;
  if (activation === "sigmoid") {
    const losses = elementLoss(fromLogits ? yPred : logOdds(yPred), [t], binaryElement);
    return { losses, keep: keep === undefined ? undefined : everyChannel(keep, channels) };
  }
  expectClasses(functionName, yPred);
  const element = fromLogits ? categoricalElement : logarithmElement;
  return { losses: elementLoss(fromLogits ? yPred : logProbability(yPred), [t], element), keep };
}
