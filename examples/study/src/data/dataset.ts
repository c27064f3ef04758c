import type { SegmentationDataset } from "@ddl/datasets";
import { phantomLgg } from "@ddl/datasets";
import { openLgg } from "@ddl/datasets/lgg";
import type { DatasetConfig } from "../config/schema.js";

/** Opens the data set of a study; nothing is decoded or generated yet. */
export async function openDataset(config: DatasetConfig): Promise<SegmentationDataset> {
  if (config.kind === "lgg") return openLgg(config.root, { onBadSlice: config.onBadSlice });
  return phantomLgg({ patients: config.patients, seed: config.seed, size: config.size });
}
