import { ArgumentError, ShapeError } from "@ddl/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

const functionName = "unet";

/** How much coarser each level is than the one before, an axis, by the sizes of an encoder's features; of level 0 ones. */
export function encoderStrides(encoder: LayersModel, inputShape: readonly (number | null)[]): number[][] {
  const model = encoder as Partial<LayersModel> | undefined;
  if (!Array.isArray(model?.inputs) || !Array.isArray(model.outputs)) {
    const expected = "be the name of a backbone or a LayersModel whose outputs are features, the finest first";
    throw new ArgumentError({ functionName, argument: "encoder", expected, received: encoder });
  }
  const given = encoder.inputs[0]!.shape.slice(1);
  if (encoder.inputs.length !== 1 || given.join() !== inputShape.join()) {
    const expected = `have one input of shape [${inputShape.map(String).join(", ")}], which is inputShape`;
    throw new ShapeError({ functionName, argument: "encoder", expected, received: given });
  }
  const space = inputShape.slice(0, -1) as number[];
  const sizes = encoder.outputs.map(({ shape }) => shape.slice(1, -1) as number[]);
  if (sizes[0]!.join() !== space.join()) sizes.unshift(space);
  const strides = sizes.map((size, level) =>
    size.map((n, k) => (level === 0 ? 1 : Math.round(sizes[level - 1]![k]! / n))),
  );
  const coarser = strides.slice(1).every((stride) => stride.every((n) => n >= 1) && stride.some((n) => n > 1));
  if (sizes.length < 2 || !sizes.every((size) => size.length === space.length) || !coarser) {
    const expected = "give features of images, each coarser than the one before";
    const received = encoder.outputs.map(({ shape }) => shape);
    throw new ShapeError({ functionName, argument: "encoder", expected, received });
  }
  return strides;
}
