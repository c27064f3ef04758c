import { logSoftmax, mul, neg, softmax, sub, sum } from "@tensorflow/tfjs-core";
import type { ElementFunction } from "./elementLoss.js";

/** −Σ_c q_c·ln p_c of each voxel, for the class weights times targets q; one value a voxel. Constants: q. */
export const categoricalElement: ElementFunction = {
  value: (z, [q]) => neg(sum(mul(q!, logSoftmax(z)), -1, true)),
  slope: (z, [q]) => sub(mul(softmax(z), sum(q!, -1, true)), q!),
};

/** The same from ln p, which nothing makes sum to 1. */
export const logarithmElement: ElementFunction = {
  value: (logP, [q]) => neg(sum(mul(q!, logP), -1, true)),
  slope: (_, [q]) => neg(q!),
};
