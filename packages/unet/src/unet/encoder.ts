import type { BackboneOptions } from "@ddl/backbones";
import {
  googlenet,
  inceptionV3,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  resnext50_32x4d,
  resnext101_32x8d,
} from "@ddl/backbones";
import type { NormalizationKind } from "@ddl/backbones/layers";
import { ArgumentError, ShapeError } from "@ddl/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

const functionName = "unet";
/** A backbone of `@ddl/backbones` that can be an encoder. */
export type UnetEncoder =
  | "resnet18"
  | "resnet34"
  | "resnet50"
  | "resnet101"
  | "resnet152"
  | "resnext50_32x4d"
  | "resnext101_32x8d"
  | "inceptionV3"
  | "googlenet";

const backbones: Record<UnetEncoder, (options: BackboneOptions) => LayersModel> = {
  ...{ resnet18, resnet34, resnet50, resnet101, resnet152 },
  ...{ resnext50_32x4d, resnext101_32x8d, inceptionV3, googlenet },
};

/** What a backbone is made with. */
export interface EncoderSettings {
  inputShape: readonly (number | null)[];
  norm: NormalizationKind;
  groups: number;
  seed: number;
}

/** The encoder by its name, with torch's module paths as in segmentation_models.pytorch, or as it was given. @throws ArgumentError */
export function encoderOf(
  encoder: UnetEncoder | LayersModel,
  { inputShape, norm, groups, seed }: EncoderSettings,
): LayersModel {
  if (typeof encoder === "string" && Object.hasOwn(backbones, encoder)) {
    if (inputShape.length !== 3) {
      const expected = "be a LayersModel where inputShape is that of a volume";
      throw new ArgumentError({ functionName, argument: "encoder", expected, received: encoder });
    }
    if (norm === "none") {
      const expected = 'not be "none" with the name of a backbone, which normalises as its decoder does';
      throw new ArgumentError({ functionName, argument: "norm", expected, received: norm });
    }
    return backbones[encoder]({
      inputShape: inputShape as [number | null, number | null, number],
      ...{ norm, seed, prefix: "encoder." },
      ...(norm === "group" ? { normGroups: groups } : {}),
    });
  }
  const model = encoder as Partial<LayersModel> | undefined;
  if (!Array.isArray(model?.inputs) || !Array.isArray(model.outputs)) {
    const list = Object.keys(backbones)
      .map((name) => `"${name}"`)
      .join(", ");
    const expected = `be one of ${list}, or a LayersModel whose outputs are features, the finest first`;
    throw new ArgumentError({ functionName, argument: "encoder", expected, received: encoder });
  }
  return encoder as LayersModel;
}

/**
 * How much coarser each level is than the one before, an axis, by the sizes of an encoder's features; of level 0 ones. Where lengths are not
 * known before, each level is taken for half of the one before.
 * @throws ShapeError
 */
export function encoderStrides(encoder: LayersModel, inputShape: readonly (number | null)[]): number[][] {
  const given = encoder.inputs[0]!.shape.slice(1);
  const text = (shape: readonly (number | null)[]): string => shape.map(String).join(", ");
  if (encoder.inputs.length !== 1 || text(given) !== text(inputShape)) {
    const expected = `have one input of shape [${text(inputShape)}], which is inputShape`;
    throw new ShapeError({ functionName, argument: "encoder", expected, received: given });
  }
  const space = inputShape.slice(0, -1);
  const sizes = encoder.outputs.map(({ shape }) => shape.slice(1, -1));
  const known = sizes.flat().every((n) => n != null);
  if (!known || text(sizes[0]!) !== text(space)) sizes.unshift(space);
  const strides = sizes.map((size, level) =>
    size.map((n, k) => (level === 0 ? 1 : known ? Math.round(sizes[level - 1]![k]! / n!) : 2)),
  );
  const coarser = strides.slice(1).every((stride) => stride.every((n) => n >= 1) && stride.some((n) => n > 1));
  if (sizes.length < 2 || !sizes.every((size) => size.length === space.length) || !coarser) {
    const expected = "give features of images, each coarser than the one before";
    const received = encoder.outputs.map(({ shape }) => shape);
    throw new ShapeError({ functionName, argument: "encoder", expected, received });
  }
  return strides;
}
