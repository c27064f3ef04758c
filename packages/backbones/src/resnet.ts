import { ArgumentError, expectBoolean, expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import type { DeformableSettings } from "./backboneBuilder.js";
import { BackboneBuilder } from "./backboneBuilder.js";
import type { BackboneOptions, BackboneSettings } from "./backboneOptions.js";
import { backboneSettingsOf } from "./backboneOptions.js";
import { kaimingNormal } from "./layers/initializers.js";
import { maxPooling2D } from "./layers/maxPooling2D.js";

/** Which convolutions of a ResNet are deformable, and how. */
export interface DeformableOptions {
  /** 1: offsets alone (`dai2017`); 2: a factor for each sample, too (`zhu2019deformable`). Default 2. */
  version?: 1 | 2;
  /**
   * Stages, of 2 to 5, all of whose 3 × 3 convolutions are deformable; stage 5 is torch's `layer4`. Default: [5] for version 1, [3, 4, 5] for
   * version 2, as in the papers.
   */
  stages?: readonly number[];
  /** Groups of input channels that share offsets, an integer ≥ 1. Default 1. */
  offsetGroups?: number;
  /** How many times as far as other weights an optimiser moves what makes the offsets, > 0. Default: 1 and for version 2 0.1, as in the papers. */
  offsetLearningRate?: number;
}

/** Options of the ResNets. */
export interface ResnetOptions extends BackboneOptions {
  /**
   * Pixels of the image to one of the last result: with 16 the last stage, with 8 the last two take no stride, and dilate their windows instead.
   * Default 32.
   */
  outputStride?: 8 | 16 | 32;
  /**
   * The dilation of a dilated stage's first block: that of the stage before (`"previous"`, default, torchvision's) or the stage's own (`"own"`,
   * mmcv's).
   */
  firstDilation?: "previous" | "own";
  /** Makes convolutions of some stages deformable. Default: none. */
  deformable?: DeformableOptions;
  /** The last normalisation of each block starts with factors 0, so that each block starts as its shortcut. Default false. */
  zeroInitResidual?: boolean;
}

interface Architecture {
  block: "basic" | "bottleneck";
  /** Blocks of stages 2 to 5. */
  blocks: readonly [number, number, number, number];
  groups: number;
  /** Channels of a 3 × 3 convolution are planes · base width / 64 · groups. */
  baseWidth: number;
}

/** A ResNet's own options, with every default. */
interface ResnetSettings extends BackboneSettings {
  outputStride: 8 | 16 | 32;
  firstDilation: "previous" | "own";
  deformable: ({ stages: readonly number[] } & DeformableSettings) | undefined;
  zeroInitResidual: boolean;
}

const basic: Omit<Architecture, "blocks"> = { block: "basic", groups: 1, baseWidth: 64 };
const bottleneck: Omit<Architecture, "blocks"> = { block: "bottleneck", groups: 1, baseWidth: 64 };

/**
 * ResNet-18 as torchvision has it: a stem of stride 2, a maximum pooling, four stages of two blocks of two 3 × 3 convolutions.
 *
 * Without `classes` the model gives the **pyramid** [C1, C2, C3, C4, C5]: the stem's result at half the image's size, and those of the four
 * stages at 1/4, 1/8, 1/16 and 1/32 (less with `outputStride`), each (batch, rows, columns, channels); channels 64, 64, 128, 256, 512 here and
 * in ResNet-34, else 64, 256, 512, 1024, 2048. Lengths are rounded up. With `classes` it gives logits (batch, classes), not the pyramid; with
 * three channels and batch normalisation it has torchvision's number of parameters.
 *
 * Layers are named by torch's module paths, `layer1.0.conv1`, so that torchvision's weights fit by their names; the layers' numbers are torch's
 * too. Convolutions start from Kaiming's normal distribution of outputs, `fc` from torch's uniform one, as in torchvision.
 *
 * @throws ArgumentError, ShapeError, RangeArgumentError
 * @example
 * ```ts
 * const encoder = resnet18({ inputShape: [96, 128, 3], prefix: "encoder." });
 * encoder.outputs.map(({ shape }) => shape); // [[null, 48, 64, 64], [null, 24, 32, 64], …, [null, 3, 4, 512]]
 * ```
 *
 * Source: He et al. 2016 (`he2016`), table 1; version 1.5, whose bottlenecks have the stride in the 3 × 3 convolution.
 */
export function resnet18(options: ResnetOptions = {}): LayersModel {
  return resnet("resnet18", { ...basic, blocks: [2, 2, 2, 2] }, options);
}

/** ResNet-34: {@link resnet18} with stages of 3, 4, 6 and 3 blocks. Source: `he2016`. */
export function resnet34(options: ResnetOptions = {}): LayersModel {
  return resnet("resnet34", { ...basic, blocks: [3, 4, 6, 3] }, options);
}

/** ResNet-50: {@link resnet18} with 3, 4, 6 and 3 bottlenecks: 1 × 1, 3 × 3 and 1 × 1 convolutions. Source: `he2016`. */
export function resnet50(options: ResnetOptions = {}): LayersModel {
  return resnet("resnet50", { ...bottleneck, blocks: [3, 4, 6, 3] }, options);
}

/** ResNet-101: {@link resnet50} with stages of 3, 4, 23 and 3 blocks. Source: `he2016`. */
export function resnet101(options: ResnetOptions = {}): LayersModel {
  return resnet("resnet101", { ...bottleneck, blocks: [3, 4, 23, 3] }, options);
}

/** ResNet-152: {@link resnet50} with stages of 3, 8, 36 and 3 blocks. Source: `he2016`. */
export function resnet152(options: ResnetOptions = {}): LayersModel {
  return resnet("resnet152", { ...bottleneck, blocks: [3, 8, 36, 3] }, options);
}

/** ResNeXt-50 32×4d: {@link resnet50} with 3 × 3 convolutions in 32 groups of 4 channels in the first stage. Source: `xie2017`. */
export function resnext50_32x4d(options: ResnetOptions = {}): LayersModel {
  return resnet("resnext50_32x4d", { ...bottleneck, blocks: [3, 4, 6, 3], groups: 32, baseWidth: 4 }, options);
}

/** ResNeXt-101 32×8d: {@link resnet101} with 3 × 3 convolutions in 32 groups of 8 channels in the first stage. Source: `xie2017`. */
export function resnext101_32x8d(options: ResnetOptions = {}): LayersModel {
  return resnet("resnext101_32x8d", { ...bottleneck, blocks: [3, 4, 23, 3], groups: 32, baseWidth: 8 }, options);
}

function resnet(functionName: string, architecture: Architecture, options: ResnetOptions): LayersModel {
  const settings = settingsOf(functionName, options);
  const builder = new BackboneBuilder(settings, (start) => kaimingNormal({ ...start, mode: "fanOut" }), 1e-5);
  let x = builder.convolution(builder.image, "conv1", { filters: 64, kernelSize: 7, strides: 2, padding: 3 });
  x = builder.relu(builder.normalization(x, "bn1"), "relu");
  const pyramid = [x];
  x = builder.apply(maxPooling2D({ poolSize: 3, strides: 2, padding: 1, name: builder.path("maxpool") }), x);
  let dilation = 1;
  for (const [k, count] of architecture.blocks.entries()) {
    const { outputStride, firstDilation, deformable } = settings;
    const stride = k === 0 ? 1 : 2;
    const dilated = 2 ** (k + 2) > outputStride;
    const previous = dilation;
    if (dilated) dilation *= stride;
    const common = { planes: 64 * 2 ** k, deformable: deformable?.stages.includes(k + 2) ? deformable : undefined };
    for (let b = 0; b < count; b++) {
      x = block(builder, x, `layer${k + 1}.${b}`, architecture, {
        ...common,
        stride: b === 0 && !dilated ? stride : 1,
        dilation: b === 0 && firstDilation === "previous" ? previous : dilation,
        projected: b === 0 && (k > 0 || architecture.block === "bottleneck"),
      });
    }
    pyramid.push(x);
  }
  if (settings.classes === undefined) return builder.model(pyramid);
  return builder.model(builder.linear(builder.averagePool(x, "avgpool"), "fc", settings.classes));
}

interface BlockOptions {
  planes: number;
  stride: number;
  dilation: number;
  /** Whether the shortcut has a convolution. */
  projected: boolean;
  deformable: DeformableSettings | undefined;
}

function block(
  builder: BackboneBuilder,
  x: SymbolicTensor,
  name: string,
  { block: kind, groups, baseWidth }: Architecture,
  { planes, stride, dilation, projected, deformable }: BlockOptions,
): SymbolicTensor {
  const wide = { kernelSize: 3, padding: dilation, dilation, deformable: withoutStages(deformable) };
  const width = Math.floor((planes * baseWidth) / 64) * groups;
  const filters = kind === "basic" ? planes : 4 * planes;
  const convolutions =
    kind === "basic"
      ? [
          { ...wide, filters, strides: stride },
          { ...wide, filters },
        ]
      : [
          { filters: width, kernelSize: 1 },
          { ...wide, filters: width, strides: stride, groups },
          { filters, kernelSize: 1 },
        ];
  let y = x;
  for (const [k, convolution] of convolutions.entries()) {
    const last = k === convolutions.length - 1;
    y = builder.convolution(y, `${name}.conv${k + 1}`, convolution);
    const zeros = last && (builder.settings as ResnetSettings).zeroInitResidual;
    y = builder.normalization(y, `${name}.bn${k + 1}`, zeros ? "zeros" : "ones");
    if (!last) y = builder.relu(y, `${name}.relu${k + 1}`);
  }
  let shortcut = x;
  if (projected) {
    shortcut = builder.convolution(x, `${name}.downsample.0`, { filters, kernelSize: 1, strides: stride });
    shortcut = builder.normalization(shortcut, `${name}.downsample.1`);
  }
  const sum = builder.apply(layers.add({ name: builder.path(`${name}.add`) }), [y, shortcut]);
  return builder.relu(sum, `${name}.relu`);
}

function withoutStages(deformable: DeformableSettings | undefined): DeformableSettings | undefined {
  if (deformable === undefined) return undefined;
  const { modulated, offsetGroups, offsetLearningRate } = deformable;
  return { modulated, offsetGroups, offsetLearningRate };
}

function settingsOf(functionName: string, options: ResnetOptions): ResnetSettings {
  const own = ["outputStride", "firstDilation", "deformable", "zeroInitResidual"] as const;
  const settings = backboneSettingsOf(functionName, options, own);
  const { outputStride = 32, firstDilation = "previous", zeroInitResidual = false, deformable } = options;
  return {
    ...settings,
    outputStride: expectOneOf(functionName, "outputStride", outputStride, [8, 16, 32]),
    firstDilation: expectOneOf(functionName, "firstDilation", firstDilation, ["previous", "own"]),
    zeroInitResidual: expectBoolean(functionName, "zeroInitResidual", zeroInitResidual),
    deformable: deformable === undefined ? undefined : deformableSettingsOf(functionName, deformable),
  };
}

function deformableSettingsOf(functionName: string, options: DeformableOptions): ResnetSettings["deformable"] {
  const known = ["version", "stages", "offsetGroups", "offsetLearningRate"] as const;
  const { version = 2, offsetGroups = 1, ...given } = expectOptions(`${functionName}: deformable`, options, known);
  expectOneOf(functionName, "deformable.version", version, [1, 2]);
  const { stages = version === 1 ? [5] : [3, 4, 5], offsetLearningRate = version === 1 ? 1 : 0.1 } = given;
  const whole = Array.isArray(stages) && stages.length > 0 && stages.every((stage) => [2, 3, 4, 5].includes(stage));
  if (!whole) {
    const expected = "be a list of stages, each 2, 3, 4 or 5";
    throw new ArgumentError({ functionName, argument: "deformable.stages", expected, received: stages });
  }
  expectNumber(functionName, "deformable.offsetGroups", offsetGroups, { integer: true, min: 1 });
  expectNumber(functionName, "deformable.offsetLearningRate", offsetLearningRate, { above: 0 });
  return { stages: [...stages], modulated: version === 2, offsetGroups, offsetLearningRate };
}
