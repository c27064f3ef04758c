import type { StageNames, UnetNames } from "./plan.js";

/** The names that segmentation_models.pytorch gives a decoder, whose blocks it counts from the coarsest, and an encoder like it. */
export function blockNames(depth: number): UnetNames {
  const stage = (name: string): StageNames => ({
    convolution: (k) => `${name}.conv${k}.0`,
    norm: (k) => `${name}.conv${k}.1`,
  });
  const block = (level: number): string => `decoder.blocks.${depth - 1 - level}`;
  return {
    encoder: (level) => stage(`encoder.blocks.${level}`),
    up: (level) => `${block(level)}.up`,
    decoder: (level) => stage(block(level)),
    attention: block,
    head: (level) => (level === 0 ? "segmentation_head.0" : `deep_supervision.${level}.0`),
  };
}
