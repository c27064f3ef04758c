import { ArgumentError } from "@ddl/core";
import type { LayersModel, LayerVariable, layers, Shape } from "@tensorflow/tfjs-layers";
import type { Layout } from "./layout.js";
import { channelsFirst, depthwiseLayout, filterLayout, flattenedLayout, sameLayout } from "./layout.js";

type Layer = layers.Layer;

/** A tensor of PyTorch's that weights of ours make up, one behind the other along its first axis. */
export interface TorchWeight {
  shape: number[];
  parts: { variable: LayerVariable; layout: Layout; scale: number }[];
}

/** What a key of a layer's weight is in PyTorch. */
interface Rule {
  /** Behind the layer's name. */
  name: string;
  /** Default: the same. */
  layout?: (shape: readonly number[]) => Layout;
  /** What the layer multiplies the stored value by, of its configuration. */
  scale?: "offsetLearningRate" | "maskGain";
}

/** A kernel and a bias, by the key of the kernel without "kernel". */
const linear = (key: string, name: string, scale?: Rule["scale"]): Record<string, Rule> => {
  const scaled = scale === undefined ? {} : { scale };
  return {
    [`${key}kernel`]: { name: `${name}weight`, layout: filterLayout, ...scaled },
    [`${key}bias`]: { name: `${name}bias`, ...scaled },
  };
};

/** Keys that mean the same in every layer; several of one name lie behind each other. */
const plain: Record<string, Rule> = {
  ...linear("", ""),
  depthwise_kernel: { name: "weight", layout: depthwiseLayout },
  embeddings: { name: "weight" },
  gamma: { name: "weight", layout: channelsFirst },
  beta: { name: "bias", layout: channelsFirst },
  moving_mean: { name: "running_mean", layout: channelsFirst },
  moving_variance: { name: "running_var", layout: channelsFirst },
  in_proj_kernel: { name: "in_proj_weight", layout: filterLayout },
  in_proj_bias: { name: "in_proj_bias" },
  query_kernel: { name: "in_proj_weight", layout: filterLayout },
  key_kernel: { name: "in_proj_weight", layout: filterLayout },
  value_kernel: { name: "in_proj_weight", layout: filterLayout },
  query_bias: { name: "in_proj_bias" },
  key_bias: { name: "in_proj_bias" },
  value_bias: { name: "in_proj_bias" },
  ...linear("out_proj_", "out_proj."),
};

/** The branch of a deformable layer by mmcv's names: offsets, behind them what becomes the mask. */
const branch: Record<string, Rule> = {
  ...linear("offset_", "conv_offset.", "offsetLearningRate"),
  ...linear("mask_", "conv_offset.", "offsetLearningRate"),
};

/** Keys of classes whose weights have names of their own. */
const special: Record<string, Record<string, Rule>> = {
  // A mask is maskGain · sigmoid here and sigmoid there: the factor goes to the filter.
  DeformConv2D: { ...linear("", ""), ...branch, kernel: { name: "weight", layout: filterLayout, scale: "maskGain" } },
  DeformConv2DTranspose: {
    ...linear("", ""),
    ...branch,
    kernel: { name: "weight", layout: filterLayout, scale: "maskGain" },
  },
  DeformPooling2D: { ...branch, pool_logits: { name: "pool_logits", layout: filterLayout } },
  DeformAttention: {
    ...linear("offset_", "sampling_offsets.", "offsetLearningRate"),
    ...linear("attention_", "attention_weights."),
    ...linear("value_", "value_proj."),
    ...linear("output_", "output_proj."),
  },
  DcnV4: {
    ...linear("value_", "value_proj."),
    depthwise_kernel: { name: "offset_mask_dw.weight", layout: depthwiseLayout, scale: "offsetLearningRate" },
    depthwise_bias: { name: "offset_mask_dw.bias", scale: "offsetLearningRate" },
    ...linear("offset_mask_", "offset_mask.", "offsetLearningRate"),
    ...linear("center_", "center_feature_scale_proj_"),
    ...linear("output_", "output_proj."),
  },
};

/** What a model's weights are in PyTorch. */
export interface TorchWeights {
  /** Tensors by name: that of the layer, a point, and PyTorch's name within the module. */
  tensors: Map<string, TorchWeight>;
  /** Names of counters that PyTorch's batch normalisations have besides. */
  counters: string[];
}

/** The tensors that a model's weights are in PyTorch. @throws ArgumentError for a layer that has no counterpart there */
export function torchWeightsOf(functionName: string, model: LayersModel): TorchWeights {
  const result: TorchWeights = { tensors: new Map(), counters: [] };
  for (const layer of layersOf(model)) {
    const rules = special[layer.getClassName()] ?? plain;
    const keys = new Map(layer.weights.map((variable) => [keyOf(variable), variable]));
    for (const key of keys.keys()) {
      if (rules[key] !== undefined) continue;
      const expected = "have layers that PyTorch has too";
      const received = `${layer.name} of class ${layer.getClassName()} with a weight ${key}`;
      throw new ArgumentError({ functionName, argument: "model", expected, received });
    }
    const image = flattenedImage(layer);
    const config = keys.size === 0 ? {} : layer.getConfig();
    for (const [key, rule] of Object.entries(rules)) {
      const variable = keys.get(key);
      if (variable === undefined) continue;
      const factor = rule.scale === undefined ? 1 : (config[rule.scale] as number | undefined);
      const part = { variable, layout: layoutOf(variable, rule, image), scale: factor ?? 1 };
      add(functionName, result.tensors, layer, `${layer.name}.${rule.name}`, part);
    }
    if (keys.has("moving_mean")) result.counters.push(`${layer.name}.num_batches_tracked`);
  }
  return result;
}

/** The layers of a model, and of the models in it. */
function layersOf(model: LayersModel): Layer[] {
  const found = new Set<Layer>();
  const visit = (layer: Layer): void => {
    const inner = (layer as Layer & { layers?: Layer[] }).layers;
    if (Array.isArray(inner)) for (const each of inner) visit(each);
    else found.add(layer);
  };
  visit(model);
  return [...found];
}

const keyOf = (variable: LayerVariable): string =>
  variable.originalName.slice(variable.originalName.lastIndexOf("/") + 1);

function layoutOf(variable: LayerVariable, rule: Rule, image: readonly number[] | undefined): Layout {
  const shape = variable.shape as number[];
  const { layout = sameLayout } = rule;
  const overInputs = layout === channelsFirst || (layout === filterLayout && shape.length === 2);
  const flattened = overInputs && image?.reduce((product, n) => product * n, 1) === shape[0];
  return flattened ? flattenedLayout(shape, image!) : layout(shape);
}

function add(
  functionName: string,
  tensors: Map<string, TorchWeight>,
  layer: Layer,
  name: string,
  part: TorchWeight["parts"][number],
): void {
  const { torchShape } = part.layout;
  const known = tensors.get(name);
  if (known === undefined) {
    tensors.set(name, { shape: torchShape, parts: [part] });
  } else if (layer.weights.includes(known.parts[0]!.variable)) {
    known.shape = [known.shape[0]! + torchShape[0]!, ...torchShape.slice(1)];
    known.parts.push(part);
  } else {
    const expected = "have one layer of each name";
    throw new ArgumentError({ functionName, argument: "model", expected, received: layer.name });
  }
}

/** The shape (…space, channels) of the image whose elements, in this order, a layer is given as its channels. */
function flattenedImage(layer: Layer): number[] | undefined {
  for (let at = layer; ; ) {
    const nodes = at.inboundNodes;
    const before = nodes[0]?.inboundLayers;
    if (before?.length !== 1) return undefined;
    at = before[0]!;
    const [input, output] = [at.inboundNodes[0]?.inputShapes[0], at.inboundNodes[0]?.outputShapes[0]] as (
      | Shape
      | undefined
    )[];
    if (input === undefined || output?.length !== 2) return undefined;
    if (input.length > 2) {
      const shape = input.slice(1) as number[];
      if (at.getConfig()["dataFormat"] === "channelsFirst") return [...shape.slice(1), shape[0]!];
      return isTurned(at.inboundNodes[0]!.inboundLayers[0]) ? undefined : shape;
    }
    // What keeps its input's shape may keep its order; a linear layer makes new channels.
    if (at.getClassName() === "Dense" || input[1] !== output[1]) return undefined;
  }
}

/** True for the layer that puts the channels of an image first: flattened it is what PyTorch flattens. */
function isTurned(layer: Layer | undefined): boolean {
  if (layer?.getClassName() !== "Permute") return false;
  const axes = layer.getConfig()["dims"] as number[];
  return axes.every((axis, k) => axis === (k === 0 ? axes.length : k));
}
