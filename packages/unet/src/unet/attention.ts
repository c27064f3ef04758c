import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { LayerBuilder } from "./layerBuilder.js";
import { SpatialMean } from "./spatialMean.js";

/**
 * Concurrent squeeze and excitation of channels and of space: x · cSE(x) + x · sSE(x), as segmentation_models.pytorch has it, whose names the
 * layers have. Channels are squeezed to a sixteenth, not below 1.
 *
 * Source: Roy, Navab and Wachinger 2018 (`roy2018`).
 */
export function squeezeAndExcite(build: LayerBuilder, x: SymbolicTensor, name: string): SymbolicTensor {
  const channels = x.shape.at(-1)!;
  const squeezed = Math.max(1, Math.floor(channels / 16));
  const mean = build.apply(new SpatialMean({ name: `${name}.cSE.0` }), x);
  const few = build.rectify(build.pointwise(mean, squeezed, `${name}.cSE.1`), `${name}.cSE.2`);
  const ofChannels = build.sigmoid(build.pointwise(few, channels, `${name}.cSE.3`), `${name}.cSE.4`);
  const ofSpace = build.sigmoid(build.pointwise(x, 1, `${name}.sSE.0`), `${name}.sSE.1`);
  const byChannels = build.multiply(x, ofChannels, `${name}.cSE`);
  return build.add(byChannels, build.multiply(x, ofSpace, `${name}.sSE`), name);
}

/** What a gate is built of. */
export interface Gate {
  skip: SymbolicTensor;
  /** What decides: the features of the next coarser level. */
  signal: SymbolicTensor;
  /** How much coarser they are, an axis. */
  strides: readonly number[];
  name: string;
}

/**
 * The attention gate of Oktay et al.'s own program: `theta` (a strided convolution without bias) brings the skip to the size of the signal,
 * `phi` the signal to its channels; ReLU, `psi` to one channel, sigmoid, bilinear resize, product with the skip, and `W`, a 1 × 1 convolution
 * with normalisation. In between are as many channels as the skip has.
 *
 * Source: Oktay et al. 2018 (`oktay2018`).
 */
export function attentionGate(build: LayerBuilder, { skip, signal, strides, name }: Gate): SymbolicTensor {
  const channels = skip.shape.at(-1)!;
  const like = (x: SymbolicTensor): (number | null)[] => x.shape.slice(1, -1);
  const theta = build.convolution(skip, {
    ...{ name: `${name}.theta`, filters: channels, kernelSize: strides, strides },
    ...{ padded: false, useBias: false },
  });
  const linear = { mode: "bilinear" } as const;
  const narrow = build.pointwise(signal, channels, `${name}.phi`);
  const phi = build.resize(narrow, { ...linear, size: like(theta), scale: build.all(1), name: `${name}.phi.resize` });
  const joined = build.rectify(build.add(theta, phi, `${name}.add`), `${name}.relu`);
  const alpha = build.sigmoid(build.pointwise(joined, 1, `${name}.psi`), `${name}.sigmoid`);
  const wide = build.resize(alpha, { ...linear, size: like(skip), scale: strides, name: `${name}.resize` });
  const gated = build.multiply(skip, wide, `${name}.multiply`);
  return build.normalize(build.pointwise(gated, channels, `${name}.W.0`), `${name}.W.1`);
}

/**
 * The attention gate of the widespread PyTorch program "Attention U-Net" (`AttU_Net`): skip and upsampled signal each go through a 1 × 1
 * convolution with normalisation to half the skip's channels; ReLU, `psi`, a 1 × 1 convolution with normalisation to one channel, sigmoid,
 * product with the skip. Its names are the layers'.
 */
export function attUnetGate(build: LayerBuilder, { skip, signal, name }: Omit<Gate, "strides">): SymbolicTensor {
  const channels = Math.max(1, Math.floor(skip.shape.at(-1)! / 2));
  const branch = (x: SymbolicTensor, filters: number, part: string): SymbolicTensor =>
    build.normalize(build.pointwise(x, filters, `${name}.${part}.0`), `${name}.${part}.1`);
  const joined = build.add(branch(signal, channels, "W_g"), branch(skip, channels, "W_x"), `${name}.add`);
  const psi = branch(build.rectify(joined, `${name}.relu`), 1, "psi");
  return build.multiply(skip, build.sigmoid(psi, `${name}.psi.2`), `${name}.multiply`);
}
