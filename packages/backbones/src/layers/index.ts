/**
 * Layers of tf.layers with torch's numbers: padding, statistics, coordinates, initial weights; with gradients on every backend. Importing this
 * module registers them, so that models that have them can be loaded.
 * @module
 */
export type { AdaptiveAveragePooling2DArgs } from "./adaptiveAveragePooling2D.js";
export { AdaptiveAveragePooling2D, adaptiveAveragePooling2D } from "./adaptiveAveragePooling2D.js";
export type { AveragePooling2DArgs } from "./averagePooling2D.js";
export { AveragePooling2D, averagePooling2D } from "./averagePooling2D.js";
export type { BatchNormalizationArgs } from "./batchNormalization.js";
export { BatchNormalization, batchNormalization } from "./batchNormalization.js";
export type { ChannelAffineArgs } from "./channelAffine.js";
export { ChannelAffine, channelAffine } from "./channelAffine.js";
export type { Convolution2DArgs } from "./convolution2D.js";
export { Convolution2D, convolution2D } from "./convolution2D.js";
export type { Convolution3DArgs } from "./convolution3D.js";
export { Convolution3D, convolution3D } from "./convolution3D.js";
export type { ConvolutionArgs } from "./convolutionLayer.js";
export type { GroupNormalizationArgs } from "./groupNormalization.js";
export { GroupNormalization, groupNormalization } from "./groupNormalization.js";
export type { InitializerOptions, KaimingOptions, NormalOptions, TorchDefaultOptions } from "./initializers.js";
export { kaimingNormal, kaimingUniform, normal, torchDefault } from "./initializers.js";
export type { InstanceNormalizationArgs } from "./instanceNormalization.js";
export { InstanceNormalization, instanceNormalization } from "./instanceNormalization.js";
export type { LayerArgs } from "./layerArgs.js";
export type { LayerNormalizationArgs } from "./layerNormalization.js";
export { LayerNormalization, layerNormalization } from "./layerNormalization.js";
export type { MaxPooling2DArgs } from "./maxPooling2D.js";
export { MaxPooling2D, maxPooling2D } from "./maxPooling2D.js";
export type { NormalizationKind, NormalizationOptions } from "./normalization.js";
export { normalization } from "./normalization.js";
export type { PoolingArgs } from "./poolingLayer.js";
export type { Resize2DArgs } from "./resize2D.js";
export { Resize2D, resize2D } from "./resize2D.js";
export type { Padding, PerAxis } from "./slidingWindow.js";
