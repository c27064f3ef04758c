import { stat } from "node:fs/promises";
import { DataError } from "@ddl/core";
import type { SegmentationDataset } from "@ddl/datasets";
import { phantomLgg } from "@ddl/datasets";
import { openLgg } from "@ddl/datasets/lgg";
import type { DatasetConfig } from "../config/schema.js";

/** Opens the data set of a study; nothing is decoded or generated yet. @throws DataError */
export async function openDataset(config: DatasetConfig): Promise<SegmentationDataset> {
  if (config.kind === "phantom") {
    return phantomLgg({ patients: config.patients, seed: config.seed, size: config.size });
  }
  if ((await stat(config.root).catch(() => undefined)) === undefined) {
    throw new DataError(
      "ddl-study",
      config.root,
      "must be the folder of the LGG set (kaggle_3m); nothing is there. Give its place with --data.",
    );
  }
  return openLgg(config.root, { onBadSlice: config.onBadSlice });
}
