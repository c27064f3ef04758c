import { kaimingUniform, layerNormalization, torchDefault } from "@ddl/backbones/layers";
import { Random } from "@ddl/core";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import type { MultiHeadSelfAttentionArgs } from "./multiHeadSelfAttention.js";
import { MultiHeadSelfAttention } from "./multiHeadSelfAttention.js";

/** Options of {@link transformerEncoderLayer}. */
export interface TransformerEncoderLayerOptions
  extends Required<Pick<MultiHeadSelfAttentionArgs, "heads" | "sequence">> {
  /** Path of the layer, before its parts' names. */
  name: string;
  feedForward: number;
  /** Share of values that training drops, in the attention, behind it, within and behind the feed-forward part. */
  dropout: number;
  seed: number;
}

/**
 * Attention and a feed-forward part, each added to its input and normalised (post-norm, ReLU): torch's `nn.TransformerEncoderLayer`, whose
 * parts' names and initial distributions these are. (batch, …places, features) → the same.
 */
export function transformerEncoderLayer(
  x: SymbolicTensor,
  { name, heads, sequence, feedForward, dropout, seed }: TransformerEncoderLayerOptions,
): SymbolicTensor {
  const features = x.shape.at(-1)!;
  const initial = (weight: string, fanIn: number) => torchDefault({ name: `${name}.${weight}`, seed, fanIn });
  const dropSeed = (part: string): number =>
    Random.fromSeed(seed)
      .fork(`${name}.${part}`)
      .integer(2 ** 31);
  const dropped = (y: SymbolicTensor, part: string): SymbolicTensor =>
    layers.dropout({ rate: dropout, seed: dropSeed(part), name: `${name}.${part}` }).apply(y) as SymbolicTensor;
  const linear = (y: SymbolicTensor, units: number, part: string): SymbolicTensor => {
    const fanIn = y.shape.at(-1)!;
    const kernelInitializer = initial(`${part}/kernel`, fanIn);
    const biasInitializer = initial(`${part}/bias`, fanIn);
    const layer = layers.dense({ units, kernelInitializer, biasInitializer, name: `${name}.${part}` });
    return layer.apply(y) as SymbolicTensor;
  };
  const addedAndNormalized = (y: SymbolicTensor, z: SymbolicTensor, k: 1 | 2): SymbolicTensor => {
    const sum = layers.add({ name: `${name}.add${k}` }).apply([y, z]) as SymbolicTensor;
    return layerNormalization({ epsilon: 1e-5, name: `${name}.norm${k}` }).apply(sum) as SymbolicTensor;
  };

  const attention = new MultiHeadSelfAttention({
    heads,
    sequence,
    rate: dropout,
    seed: dropSeed("self_attn"),
    // Xavier's uniform distribution of a (3 · features, features) matrix: √(6 / (4 · features)).
    kernelInitializer: kaimingUniform({ name: `${name}.self_attn/in_proj_kernel`, seed, slope: Math.sqrt(3) }),
    outputInitializer: initial("self_attn/out_proj_kernel", features),
    name: `${name}.self_attn`,
  });
  const attended = addedAndNormalized(x, dropped(attention.apply(x) as SymbolicTensor, "dropout1"), 1);
  const wide = linear(attended, feedForward, "linear1");
  const rectified = layers.reLU({ name: `${name}.relu` }).apply(wide) as SymbolicTensor;
  const narrow = linear(dropped(rectified, "dropout"), features, "linear2");
  return addedAndNormalized(attended, dropped(narrow, "dropout2"), 2);
}
