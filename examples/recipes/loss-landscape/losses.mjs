// The losses that are drawn: a row for each. `value` gets tensors of one picture, (1, rows, columns, 1), and gives a scalar.
import {
  activeContourElasticaLoss,
  activeContourLoss,
  binaryCrossEntropy,
  boundaryLoss,
  centerlineDiceLoss,
  comboLoss,
  diceCrossEntropy,
  diceLoss,
  focalLoss,
  focalTverskyLoss,
  hausdorffDistanceLoss,
  jaccardLoss,
  levelSetLoss,
  lovaszHingeLoss,
  matthewsLoss,
  mumfordShahLoss,
  topKLoss,
  tverskyLoss,
  unifiedFocalLoss,
} from "@ddl/losses";
import * as tf from "@tensorflow/tfjs-core";

const fromLogits = true;
/** Logits of background and shape, for losses of classes that exclude each other. */
const twoClasses = (logits) => tf.concat([tf.neg(logits), logits], 3);
/** A row for a loss of masks. */
const ofMasks = (loss, options = {}) => ({
  name: loss.name,
  value: ({ target, logits }) => loss(target, logits, { fromLogits, ...options }),
});

export const groups = [
  {
    title: "Regions",
    losses: [
      ofMasks(diceLoss),
      ofMasks(jaccardLoss),
      ofMasks(tverskyLoss, { alpha: 0.3, beta: 0.7 }),
      ofMasks(focalTverskyLoss),
      ofMasks(matthewsLoss),
      ofMasks(lovaszHingeLoss),
    ],
  },
  {
    title: "Pixels",
    losses: [
      ofMasks(binaryCrossEntropy),
      ofMasks(focalLoss),
      ofMasks(topKLoss),
      ofMasks(diceCrossEntropy),
      ofMasks(comboLoss),
      ofMasks(unifiedFocalLoss),
    ],
  },
  {
    title: "Boundaries",
    losses: [ofMasks(boundaryLoss), ofMasks(hausdorffDistanceLoss), ofMasks(centerlineDiceLoss, { iterations: 20 })],
  },
  {
    title: "Deformable models",
    losses: [
      ofMasks(activeContourLoss),
      ofMasks(activeContourElasticaLoss, { epsilon: 1e-2 }),
      ofMasks(levelSetLoss),
      {
        name: "mumfordShahLoss",
        value: ({ image, logits }) => mumfordShahLoss(image, twoClasses(logits), { fromLogits }),
      },
    ],
  },
];
