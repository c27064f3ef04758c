import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { input, layers, model } from "@tensorflow/tfjs-layers";
import { attentionGate, attUnetGate, squeezeAndExcite } from "./attention.js";
import { LayerBuilder } from "./layerBuilder.js";
import type { StageNames, UnetLevel, UnetPlan } from "./plan.js";

/** Builds the network of a plan. */
export function buildUnet(plan: UnetPlan): LayersModel {
  const build = new LayerBuilder({ ...plan, rank: plan.inputShape.length - 1 });
  const { image, skips, deepest } =
    plan.encoder === undefined ? encode(build, plan) : featuresOf(build, plan, plan.encoder);
  const heads: SymbolicTensor[] = [];
  let x = deepest;
  for (let level = skips.length - 1; level >= 0; level--) {
    x = decode(build, plan, x, skips[level], level);
    if (level === 0 || plan.deepSupervision) heads.unshift(head(build, plan, x, level));
  }
  return model({ inputs: image, outputs: heads.length === 1 ? heads[0]! : heads, name: plan.name });
}

interface Features {
  image: SymbolicTensor;
  /** Of each level but the bottleneck, the finest first; undefined where the encoder has none. */
  skips: (SymbolicTensor | undefined)[];
  deepest: SymbolicTensor;
}

function encode(build: LayerBuilder, plan: UnetPlan): Features {
  const image = input({ shape: [...plan.inputShape], name: `${plan.name}_input` });
  const skips: SymbolicTensor[] = [];
  let x = image;
  for (const [level, one] of plan.levels.entries()) {
    const names = plan.names.encoder(level);
    const steps = level > 0 && one.strides.some((stride) => stride > 1);
    const strided = steps && plan.downsampling === "stride";
    if (steps && !strided) x = build.maxPool(x, one.strides, `pool${level}`);
    x = stage(build, plan, x, { ...one, strides: strided ? one.strides : build.all(1) }, names);
    x = dropOut(build, x, one.dropout);
    skips.push(x);
  }
  return { image, skips: skips.slice(0, -1), deepest: x };
}

function featuresOf(build: LayerBuilder, plan: UnetPlan, encoder: LayersModel): Features {
  const features = encoder.outputs;
  // A level above the features has the size of the image, if none of them has.
  const skips = [...new Array<undefined>(plan.levels.length - features.length), ...features.slice(0, -1)];
  return { image: encoder.inputs[0]!, skips, deepest: dropOut(build, features.at(-1)!, plan.levels.at(-1)!.dropout) };
}

function dropOut(build: LayerBuilder, x: SymbolicTensor, rate: number): SymbolicTensor {
  return rate === 0 ? x : build.apply(layers.dropout({ rate, name: `${x.sourceLayer.name}.dropout` }), x);
}

/** Convolutions, each with normalisation and activation; the first has the strides. */
function stage(
  build: LayerBuilder,
  plan: UnetPlan,
  x: SymbolicTensor,
  { filters, kernelSize, strides }: Pick<UnetLevel, "filters" | "kernelSize" | "strides">,
  names: StageNames,
): SymbolicTensor {
  let y = x;
  for (let k = 1; k <= plan.convolutions; k++) {
    const name = names.convolution(k);
    y = build.convolution(y, {
      ...{ name, filters, kernelSize, padded: plan.padded },
      strides: k === 1 ? strides : build.all(1),
      useBias: plan.biasBeforeNorm || plan.norm === "none",
    });
    y = build.activate(build.normalize(y, names.norm(k)), `${name}.activation`);
  }
  return y;
}

/** One level of the decoder: up, join the skip, convolve. */
function decode(
  build: LayerBuilder,
  plan: UnetPlan,
  coarse: SymbolicTensor,
  skip: SymbolicTensor | undefined,
  level: number,
): SymbolicTensor {
  const { names, upsampling, attention } = plan;
  const { filters, kernelSize } = plan.levels[level]!;
  const strides = plan.levels[level + 1]!.strides;
  const name = names.up(level);
  // What an encoder of others halves may have had an odd length.
  const target = skip === undefined ? plan.inputShape.slice(0, -1) : skip.shape.slice(1, -1);
  const up =
    upsampling === "transpose"
      ? build.upConvolution(coarse, filters, strides, name)
      : build.resize(coarse, { size: target, scale: strides, mode: upsampling, name });
  let x = up;
  if (skip !== undefined) {
    const block = names.attention(level);
    let kept = plan.padded ? skip : build.crop(skip, up.shape.slice(1, -1) as number[], `${name}.crop`);
    if (attention === "gate")
      kept = attentionGate(build, { skip: kept, signal: coarse, strides, name: `${block}.gate` });
    if (attention === "attUnetGate") kept = attUnetGate(build, { skip: kept, signal: up, name: `${block}.gate` });
    x = build.concatenate(plan.first === "up" ? [up, kept] : [kept, up], `${name}.join`);
    if (attention === "scse") x = squeezeAndExcite(build, x, `${block}.attention1.attention`);
  }
  x = stage(build, plan, x, { filters, kernelSize, strides: build.all(1) }, names.decoder(level));
  return attention === "scse" ? squeezeAndExcite(build, x, `${names.attention(level)}.attention2.attention`) : x;
}

function head(build: LayerBuilder, plan: UnetPlan, x: SymbolicTensor, level: number): SymbolicTensor {
  const name = plan.names.head(level);
  const y = build.convolution(x, {
    ...{ name, filters: plan.classes, kernelSize: build.all(plan.headSize) },
    ...(plan.headInitializer === undefined ? {} : { kernelInitializer: plan.headInitializer(`${name}/kernel`) }),
  });
  return plan.output === "probability" ? build.sigmoid(y, `${name}.sigmoid`) : y;
}
