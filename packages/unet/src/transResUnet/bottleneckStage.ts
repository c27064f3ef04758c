import { batchNormalization, convolution2D, kaimingNormal } from "@ddl/backbones/layers";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";

/**
 * A stage of bottleneck residual blocks, 1 × 1, 3 × 3 and 1 × 1 convolution, with the stride in the 3 × 3 of the first block, as torchvision
 * has it (version 1.5). (batch, rows, columns, channels) → (batch, rows / strides, columns / strides, 4 · planes).
 *
 * Source: He et al. 2016 (`he2016`), figure 5.
 */
export function bottleneckStage(
  x: SymbolicTensor,
  {
    planes,
    blocks,
    strides,
    seed,
    path,
  }: { planes: number; blocks: number; strides: number; seed: number; path: string },
): SymbolicTensor {
  const on = (layer: layers.Layer, y: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
    layer.apply(y) as SymbolicTensor;
  const convolution = (
    y: SymbolicTensor,
    filters: number,
    kernelSize: number,
    stride: number,
    names: [string, string],
  ) => {
    const [name, norm] = names;
    const padding = (kernelSize - 1) / 2;
    const kernelInitializer = kaimingNormal({ name: `${name}/kernel`, seed, mode: "fanOut" });
    const options = { filters, kernelSize, strides: stride, padding, useBias: false, kernelInitializer, name };
    return on(batchNormalization({ name: norm }), on(convolution2D(options), y));
  };
  const relu = (y: SymbolicTensor, name: string): SymbolicTensor => on(layers.reLU({ name }), y);
  const block = (y: SymbolicTensor, k: number): SymbolicTensor => {
    const at = (part: string): string => `${path}.${k}.${part}`;
    const stride = k === 0 ? strides : 1;
    let z = relu(convolution(y, planes, 1, 1, [at("conv1"), at("bn1")]), at("relu1"));
    z = relu(convolution(z, planes, 3, stride, [at("conv2"), at("bn2")]), at("relu2"));
    z = convolution(z, 4 * planes, 1, 1, [at("conv3"), at("bn3")]);
    const shortcut = k === 0 ? convolution(y, 4 * planes, 1, stride, [at("downsample.0"), at("downsample.1")]) : y;
    return relu(on(layers.add({ name: at("add") }), [z, shortcut]), at("relu3"));
  };
  return Array.from({ length: blocks }, (_, k) => k).reduce(block, x);
}
