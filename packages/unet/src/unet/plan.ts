import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { LayerSettings } from "./layerBuilder.js";

/** Names of the convolutions of one stage, counted from 1, and of what normalises them. */
export interface StageNames {
  convolution(k: number): string;
  norm(k: number): string;
}

/** Names of the layers with weights; level 0 is the finest, the last the bottleneck. */
export interface UnetNames {
  encoder(level: number): StageNames;
  /** What brings the next coarser level to this one. */
  up(level: number): string;
  decoder(level: number): StageNames;
  /** What attention in the decoder of a level is called after. */
  attention(level: number): string;
  /** The head; above level 0 only with deep supervision. */
  head(level: number): string;
}

/** Of which kind the attention is; see `UnetOptions`. */
export type UnetAttention = "none" | "scse" | "gate" | "attUnetGate";

/** What each level is made of. */
export interface UnetLevel {
  /** Filters of its convolutions. */
  filters: number;
  kernelSize: readonly number[];
  /** How much coarser it is than the level before, an axis; of level 0 ones. */
  strides: readonly number[];
  /** Part of its encoder's output that training leaves out. */
  dropout: number;
}

/** Everything that a U-Net is built from, checked. */
export interface UnetPlan extends Omit<LayerSettings, "rank"> {
  name: string;
  /** Without the batch; null where the length of an axis of an image is not known before. */
  inputShape: readonly (number | null)[];
  classes: number;
  levels: readonly UnetLevel[];
  /** Convolutions of a stage. */
  convolutions: number;
  /** Zeros around each convolution; without them the skips are cropped. */
  padded: boolean;
  /** Convolutions have a bias although a normalisation follows. */
  biasBeforeNorm: boolean;
  downsampling: "max" | "stride";
  upsampling: "transpose" | "nearest" | "bilinear";
  /** What comes first where a skip joins. */
  first: "up" | "skip";
  attention: UnetAttention;
  deepSupervision: boolean;
  /** Taps of the head's convolution, an axis. */
  headSize: number;
  headInitializer?: LayerSettings["kernelInitializer"];
  output: "logits" | "probability";
  names: UnetNames;
  /** In place of the encoder's stages: its outputs are the features, the finest first. */
  encoder?: LayersModel;
}
