/**
 * Backbones of torchvision as models of tf.layers that give feature pyramids or logits.
 * @module
 */
export type { BackboneOptions } from "./backboneOptions.js";
export type { GooglenetOptions } from "./googlenet.js";
export { googlenet } from "./googlenet.js";
export type { InceptionOptions } from "./inception.js";
export type { InceptionV3Options } from "./inceptionV3.js";
export { inceptionV3 } from "./inceptionV3.js";
export type { DeformableOptions, ResnetOptions } from "./resnet.js";
export { resnet18, resnet34, resnet50, resnet101, resnet152, resnext50_32x4d, resnext101_32x8d } from "./resnet.js";
