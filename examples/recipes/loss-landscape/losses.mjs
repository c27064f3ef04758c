// The losses that are drawn: a row for each. `value` gets tensors of one picture, (1, rows, columns, 1), and gives a scalar.
import {
  activeContourElasticaLoss,
  activeContourLoss,
  binaryCrossEntropy,
  boundaryLoss,
  centerlineDiceLoss,
  diceLoss,
  hausdorffDistanceLoss,
  levelSetLoss,
  mumfordShahLoss,
} from "@ddl/losses";
import * as tf from "@tensorflow/tfjs-core";

const fromLogits = true;
/** Logits of background and shape, for losses of classes that exclude each other. */
const twoClasses = (logits) => tf.concat([tf.neg(logits), logits], 3);

export const groups = [
  {
    title: "Pixels and regions",
    losses: [
      { name: "binaryCrossEntropy", value: ({ target, logits }) => binaryCrossEntropy(target, logits, { fromLogits }) },
      { name: "diceLoss", value: ({ target, logits }) => diceLoss(target, logits, { fromLogits }) },
    ],
  },
  {
    title: "Boundaries",
    losses: [
      { name: "boundaryLoss", value: ({ target, logits }) => boundaryLoss(target, logits, { fromLogits }) },
      {
        name: "hausdorffDistanceLoss",
        value: ({ target, logits }) => hausdorffDistanceLoss(target, logits, { fromLogits }),
      },
      {
        name: "centerlineDiceLoss",
        value: ({ target, logits }) => centerlineDiceLoss(target, logits, { fromLogits, iterations: 20 }),
      },
    ],
  },
  {
    title: "Deformable models",
    losses: [
      { name: "activeContourLoss", value: ({ target, logits }) => activeContourLoss(target, logits, { fromLogits }) },
      {
        name: "activeContourElasticaLoss",
        value: ({ target, logits }) => activeContourElasticaLoss(target, logits, { fromLogits, epsilon: 1e-2 }),
      },
      { name: "levelSetLoss", value: ({ target, logits }) => levelSetLoss(target, logits, { fromLogits }) },
      {
        name: "mumfordShahLoss",
        value: ({ image, logits }) => mumfordShahLoss(image, twoClasses(logits), { fromLogits }),
      },
    ],
  },
];
