import {
  averagePooling2D,
  convolution2D,
  kaimingNormal,
  maxPooling2D,
  normalization,
  torchDefault,
} from "@ddl/backbones/layers";
import { DeformConv2D, DeformConv2DTranspose, DeformPooling2D } from "@ddl/deform-conv/layers";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { initializers, input, layers, model } from "@tensorflow/tfjs-layers";
import { UpConvolution } from "../unet/upConvolution.js";
import type { DeformableUnetOptions } from "./deformableUnetOptions.js";
import { deformableUnetSettings } from "./deformableUnetOptions.js";

/**
 * A U-Net that learns where to look, at every stage: it encodes by deformable convolutions, halves by deformable pooling and decodes by
 * transposed deformable convolutions, each of which can be switched to its plain counterpart. (batch, rows, columns, channels) → (batch,
 * rows, columns, classes), logits.
 *
 * Each level of the encoder is two times 3 × 3 convolution, normalisation and ReLU; between levels lies a 2 × 2 pooling. On the way up a 2 × 2
 * transposed convolution of stride 2 comes before the skip, [up, skip], and two plain 3 × 3 convolutions behind. The head is 1 × 1.
 * Convolutions that make offsets and masks start at 0, so that training starts as that of the plain network of the same weights. Others start
 * from He's normal distribution, each from a seed that follows from `seed` and its name.
 *
 * Layers are `encoder1.conv1`, `encoder1.norm1`, …, `pool1`, …, `bottleneck.conv2`, `upconv4`, `decoder4.conv1`, …, `head`. Those of
 * `@ddl/deform-conv/layers` compute by kernels where one of its sub-paths `simd`, `wasm`, `webgl`, `webgpu` is imported, and by operations of
 * tfjs elsewhere, far slower. `samplePoints` shows where a layer looked: apply it to `model.getLayer("encoder2.conv1")` and that layer's input.
 *
 * @throws ShapeError, ArgumentError, RangeArgumentError
 * @example
 * ```ts
 * import "@ddl/backend-simd";
 * import "@ddl/deform-conv/simd";
 *
 * const model = deformableUnet({ inputShape: [128, 128, 3], baseFilters: 16, modulated: true, deformableLevels: [2, 3, 4, 5] });
 * ```
 *
 * Source: own; blocks of Dai et al. 2017 (`dai2017`) and Zhu et al. 2019 (`zhu2019deformable`) in the network of Ronneberger et al. 2015
 * (`ronneberger2015`).
 */
export function deformableUnet(options: DeformableUnetOptions): LayersModel {
  const settings = deformableUnetSettings(options);
  const { inputShape, classes, depth, baseFilters, encoder, decoder, pooling, deformableLevels, norm, groups } =
    settings;
  const { modulated, offsetLearningRate, offsetLimit, seed, name } = settings;
  const branch = { offsetLearningRate, ...(offsetLimit !== undefined && { offsetLimit }) };
  const he = (path: string) => kaimingNormal({ name: `${path}/kernel`, seed });
  const on = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
    layer.apply(x) as SymbolicTensor;

  const convolution = (x: SymbolicTensor, filters: number, path: string, deformable: boolean): SymbolicTensor => {
    const shared = {
      filters,
      kernelSize: 3,
      padding: 1,
      useBias: norm === "none",
      kernelInitializer: he(path),
      name: path,
    };
    const biasInitializer = initializers.zeros();
    return deformable
      ? on(new DeformConv2D({ ...shared, biasInitializer, modulated, ...branch }), x)
      : on(convolution2D({ ...shared, biasInitializer }), x);
  };
  const block = (x: SymbolicTensor, filters: number, path: string, deformable: boolean): SymbolicTensor =>
    [1, 2].reduce((y, k) => {
      const convolved = convolution(y, filters, `${path}.conv${k}`, deformable);
      const groupsOf = norm === "group" ? { groups } : {};
      const normalizing = normalization(norm, { name: `${path}.norm${k}`, ...groupsOf });
      return on(
        layers.reLU({ name: `${path}.relu${k}` }),
        normalizing === undefined ? convolved : on(normalizing, convolved),
      );
    }, x);

  const halved = (x: SymbolicTensor, path: string): SymbolicTensor => {
    const shared = { poolSize: 2, name: path };
    if (pooling === "average" || pooling === "max") {
      return on((pooling === "average" ? averagePooling2D : maxPooling2D)(shared), x);
    }
    const mode = pooling === "deformable" ? "average" : "weighted";
    return on(new DeformPooling2D({ ...shared, mode, ...branch }), x);
  };
  const doubled = (x: SymbolicTensor, filters: number, path: string): SymbolicTensor => {
    // No two pixels write to one place, so that each of the result has one tap's inputs.
    const initial = (weight: string) => torchDefault({ name: `${path}/${weight}`, seed, fanIn: x.shape[3]! });
    const start = { kernelInitializer: initial("kernel"), biasInitializer: initial("bias") };
    const shared = { filters, ...start, name: path };
    return decoder === "transpose"
      ? on(new UpConvolution({ ...shared, strides: [2, 2] }), x)
      : on(new DeformConv2DTranspose({ ...shared, kernelSize: 2, strides: 2, modulated, ...branch }), x);
  };

  const image = input({ shape: [...inputShape], name: `${name}_input` });
  const skips: SymbolicTensor[] = [];
  let x = image;
  const deforms = (level: number): boolean => encoder === "deformable" && deformableLevels.includes(level);
  for (let level = 1; level <= depth; level++) {
    x = block(x, baseFilters * 2 ** (level - 1), `encoder${level}`, deforms(level));
    skips.push(x);
    x = halved(x, `pool${level}`);
  }
  x = block(x, baseFilters * 2 ** depth, "bottleneck", deforms(depth + 1));
  for (let level = depth; level >= 1; level--) {
    const filters = baseFilters * 2 ** (level - 1);
    const up = doubled(x, filters, `upconv${level}`);
    x = block(on(layers.concatenate({ name: `join${level}` }), [up, skips.pop()!]), filters, `decoder${level}`, false);
  }
  const biasInitializer = initializers.zeros();
  const head = convolution2D({
    filters: classes,
    kernelSize: 1,
    kernelInitializer: he("head"),
    biasInitializer,
    name: "head",
  });
  return model({ inputs: image, outputs: on(head, x), name });
}
