import type { Study } from "../study.js";

/** What a reader must know to read the figures right. */
export function datasetNotes({ config, dataset }: Study): string[] {
  const notes = [
    "Patients never appear on two sides of the split. The threshold of the classical methods and the epoch of the networks are chosen on training and validation patients only.",
    "Dice, IoU, precision and recall count the voxels of a whole patient. Where only one of truth and prediction is empty the score is 0 and the distance is the diagonal of the volume; where both are, the value is undefined and counted as such.",
    "HD95 is the 95th percentile of surface distances, the larger of the two directions, ASSD their mean over both borders, and surface Dice the share of both borders that lies within one voxel of the other; in voxels: the distance of neighbouring slices is taken as one.",
  ];
  if (config.dataset.kind === "phantom") {
    notes.push(
      "The phantom is synthetic: its figures compare methods with each other under known conditions and say nothing about patients.",
    );
  } else {
    notes.push(
      "LGG brain MRI: images of The Cancer Imaging Archive (TCGA-LGG); masks of the FLAIR abnormality by M. Buda, A. Saha, M. A. Mazurowski, Computers in Biology and Medicine, 2019 (arXiv 1906.03720). Non-commercial, share-alike.",
    );
    if (dataset.patients.length < 110) {
      notes.push(
        `This run used ${dataset.patients.length} of the 110 published patients, and not a random choice of them: figures are not comparable with those of the full set.`,
      );
    }
    if (dataset.skipped.length > 0) {
      notes.push(`${dataset.skipped.length} slices were left out because they could not be read.`);
    }
  }
  return notes;
}
