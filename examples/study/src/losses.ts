import {
  activeContourLoss,
  binaryCrossEntropy,
  diceCrossEntropy,
  diceLoss,
  focalLoss,
  focalTverskyLoss,
  lovaszHingeLoss,
  tverskyLoss,
} from "@ddl/losses";
import type { FitOptions } from "@ddl/training";

/** A loss of a mask's logits that a network can be trained with. */
interface LossFacts {
  /** What stands behind the network's name in tables and plots. */
  title: string;
  loss: FitOptions["loss"];
}

const fromLogits = true;

/** The losses a study can train with. */
export const lossFacts = {
  bce: { title: "cross-entropy", loss: (t, z) => binaryCrossEntropy(t, z, { fromLogits }) },
  dice: { title: "Dice", loss: (t, z) => diceLoss(t, z, { fromLogits }) },
  "dice-bce": { title: "Dice + cross-entropy", loss: (t, z) => diceCrossEntropy(t, z, { fromLogits }) },
  focal: { title: "focal", loss: (t, z) => focalLoss(t, z, { fromLogits }) },
  // Missed voxels weigh more than invented ones: lesions are small.
  tversky: { title: "Tversky", loss: (t, z) => tverskyLoss(t, z, { fromLogits, alpha: 0.3, beta: 0.7 }) },
  "focal-tversky": { title: "focal Tversky", loss: (t, z) => focalTverskyLoss(t, z, { fromLogits }) },
  lovasz: { title: "Lovász", loss: (t, z) => lovaszHingeLoss(t, z, { fromLogits }) },
  "active-contour": { title: "active contour", loss: (t, z) => activeContourLoss(t, z, { fromLogits }) },
} as const satisfies Record<string, LossFacts>;

export type LossName = keyof typeof lossFacts;

export const lossNames = Object.keys(lossFacts) as [LossName, ...LossName[]];
