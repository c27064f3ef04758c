/** What a file calls a tensor that the model calls (layer's name).(PyTorch's name in the module). */
export type WeightNames = (name: string) => string;

/** Levels of the published U-Net above its bottleneck, which it counts from 1. */
const budaLevels = 4;

const budaName: WeightNames = (name) =>
  name
    .replace(/^(encoder|decoder)\.blocks\.(\d+)\.(up|conv([12])\.([01]))\./, (_, path, block, part, k, norm) => {
      const level = path === "encoder" ? Number(block) + 1 : budaLevels - Number(block);
      if (part === "up") return `upconv${level}.`;
      const [module, prefix] =
        level > budaLevels ? ["bottleneck", "bottleneck"] : [`${path}${level}`, `${path.slice(0, 3)}${level}`];
      return `${module}.${prefix}${norm === "1" ? "norm" : "conv"}${k}.`;
    })
    .replace(/^segmentation_head\.0\./, "conv.");

const besideName: WeightNames = (name) => name.replace(/\.conv_offset\.(weight|bias)$/, "_offset.$1");

const maskName: WeightNames = (name) => name.replace(/\.conv_offset\.(weight|bias)$/, ".conv_offset_mask.$1");

/**
 * Names of other programs, for {@link loadWeights} and {@link exportWeights}. Our layers are named by PyTorch's module paths: torchvision's
 * weights fit backbones, those of segmentation_models.pytorch a U-Net with an encoder, and mmcv's deformable layers, without any of these.
 *
 * - `brainSegmentation`: brain-segmentation-pytorch's U-Net, for `unet({ depth: 4 })`, which gives logits where that network gives
 *   probabilities; `unet.buda` has the names itself.
 * - `mmcvOffsetBeside`: mmcv and mmdetection before version 2 of their packs, whose branch is `conv2_offset` beside `conv2`.
 * - `mmcvOffsetMask`: mmdetection's first modulated packs, whose branch is `conv2.conv_offset_mask`.
 *
 * @example `loadWeights(model, tensors, { names: weightNames.brainSegmentation })`
 */
export const weightNames: Record<"brainSegmentation" | "mmcvOffsetBeside" | "mmcvOffsetMask", WeightNames> = {
  brainSegmentation: budaName,
  mmcvOffsetBeside: besideName,
  mmcvOffsetMask: maskName,
};
