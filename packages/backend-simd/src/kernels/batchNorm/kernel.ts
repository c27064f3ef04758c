import type { TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import { withMemory } from "../kernelHost.js";
import type { SimdKernelConfig } from "../simdKernel.js";
import { areFloat32, isPerChannel } from "../simdKernel.js";
import { batchNormGradients, batchNormTrainingGradients, moments, normalize } from "./simd.js";

const fusedBatchNorm: SimdKernelConfig = {
  kernelName: "FusedBatchNorm",
  run({ inputs, attrs, backend }) {
    const { x, mean, variance } = inputs as { x: TensorInfo; mean: TensorInfo; variance: TensorInfo };
    const scale = inputs["scale"] as TensorInfo | null | undefined;
    const offset = inputs["offset"] as TensorInfo | null | undefined;
    const { channels, pixels } = sizes(x);
    const perChannel = [mean, variance, ...(scale ? [scale] : []), ...(offset ? [offset] : [])];
    // Statistics of another shape are broadcast by the inherited kernel.
    if (!areFloat32(x, ...perChannel) || !perChannel.every((one) => isPerChannel(one, channels))) return undefined;
    const out = backend.allocate([...x.shape], "float32");
    normalize(backend.kernels, {
      x: backend.pointer(x),
      out: backend.pointer(out),
      mean: backend.pointer(mean),
      variance: backend.pointer(variance),
      scale: scale ? backend.pointer(scale) : undefined,
      offset: offset ? backend.pointer(offset) : undefined,
      epsilon: (attrs["varianceEpsilon"] ?? 0.001) as number,
      pixels,
      channels,
    });
    return out;
  },
};

/** The sums of a backward pass, four numbers a channel, by the key of its gradient: they go when nobody asks for gradients any more. */
const sums = new WeakMap<object, Float32Array>();

/** Which part of the sums is which gradient. */
const parts = ["mean", "variance", "scale", "offset"];

/**
 * One of the five gradients of `FusedBatchNorm`: `wanted` names it. The first call makes the sums over all pixels, and, if it is the one
 * for `x`, that gradient in the same pass; calls with the same `key` find them.
 */
const batchNormGrad: SimdKernelConfig = {
  kernelName: "SimdBatchNormGrad",
  run({ inputs, attrs, backend }) {
    const { x, dy, mean, variance } = inputs as Record<"x" | "dy" | "mean" | "variance", TensorInfo>;
    const scale = inputs["scale"];
    const wanted = attrs["wanted"] as string;
    const key = attrs["key"] as unknown as object;
    const { channels, pixels } = sizes(x);
    const out = backend.allocate(wanted === "x" ? [...x.shape] : [channels], "float32");
    const known = sums.get(key);
    const compute = (block: number | undefined): void => {
      const at = (k: number): number | undefined => (block === undefined ? undefined : block + 4 * k * channels);
      batchNormGradients(backend.kernels, {
        x: backend.pointer(x),
        gradient: backend.pointer(dy),
        mean: backend.pointer(mean),
        variance: backend.pointer(variance),
        scale: scale === undefined ? undefined : backend.pointer(scale),
        epsilon: (attrs["varianceEpsilon"] ?? 0.001) as number,
        pixels,
        channels,
        inputGradient: wanted === "x" ? backend.pointer(out) : undefined,
        meanGradient: at(0),
        varianceGradient: at(1),
        scaleGradient: at(2),
        offsetGradient: at(3),
      });
    };
    if (known === undefined) {
      withMemory(backend.kernels, 16 * channels, (block) => {
        compute(block);
        sums.set(key, backend.runtime.heap.f32(block, 4 * channels).slice());
      });
    } else if (wanted === "x") {
      compute(undefined);
    }
    if (wanted !== "x") {
      const from = parts.indexOf(wanted) * channels;
      backend.view(out).set(sums.get(key)!.subarray(from, from + channels));
    }
    return out;
  },
};

/** Moments over all axes but the last, and the normalised image: [y, mean, variance]. */
const batchNormTraining: SimdKernelConfig = {
  kernelName: "SimdBatchNormTraining",
  run({ inputs, attrs, backend }) {
    const { x, scale, offset } = inputs as Record<"x" | "scale" | "offset", TensorInfo>;
    const { channels, pixels } = sizes(x);
    const out = backend.allocate([...x.shape], "float32");
    const mean = backend.allocate([channels], "float32");
    const variance = backend.allocate([channels], "float32");
    const common = {
      ...{ x: backend.pointer(x), mean: backend.pointer(mean), variance: backend.pointer(variance) },
      ...{ pixels, channels },
    };
    moments(backend.kernels, common);
    normalize(backend.kernels, {
      ...common,
      out: backend.pointer(out),
      scale: backend.pointer(scale),
      offset: backend.pointer(offset),
      epsilon: attrs["epsilon"] as number,
    });
    return [out, mean, variance];
  },
};

/** Its gradients: [dx, dScale, dOffset]. */
const batchNormTrainingGrad: SimdKernelConfig = {
  kernelName: "SimdBatchNormTrainingGrad",
  run({ inputs, attrs, backend }) {
    const { dy, x, mean, variance, scale } = inputs as Record<"dy" | "x" | "mean" | "variance" | "scale", TensorInfo>;
    const { channels, pixels } = sizes(x);
    const dx = backend.allocate([...x.shape], "float32");
    const dScale = backend.allocate([channels], "float32");
    const dOffset = backend.allocate([channels], "float32");
    batchNormTrainingGradients(backend.kernels, {
      x: backend.pointer(x),
      gradient: backend.pointer(dy),
      mean: backend.pointer(mean),
      variance: backend.pointer(variance),
      scale: backend.pointer(scale),
      epsilon: attrs["epsilon"] as number,
      pixels,
      channels,
      inputGradient: backend.pointer(dx),
      scaleGradient: backend.pointer(dScale),
      offsetGradient: backend.pointer(dOffset),
    });
    return [dx, dScale, dOffset];
  },
};

function sizes({ shape }: TensorInfo): { channels: number; pixels: number } {
  const channels = shape.at(-1)!;
  return { channels, pixels: channels === 0 ? 0 : util.sizeFromShape(shape) / channels };
}

/** Batch normalisation as tfjs has it, and in training as one operation; with their gradients. */
export const batchNormKernels: readonly SimdKernelConfig[] = [
  fusedBatchNorm,
  batchNormGrad,
  batchNormTraining,
  batchNormTrainingGrad,
];
