import { ArgumentError, expectNumber, expectOneOf, expectOptions } from "@ddl/core";

/** Elastic deformation: uniform displacements smoothed by a Gaussian. */
export interface ElasticOptions {
  /** Largest displacement before smoothing, in pixels, ≥ 0. */
  alpha: number;
  /** Standard deviation of the Gaussian, in pixels, > 0. */
  sigma: number;
}

/** Change of intensities, each channel on its own. */
export interface IntensityOptions {
  /** Factors lie in 1 ± gain, ≥ 0 and < 1. Default 0.1. */
  gain?: number;
  /** Offsets lie in ± offset, in the image's units, ≥ 0. Default 0.1. */
  offset?: number;
}

/** Contrasts taken away, as patients lack them. */
export interface ModalityDropoutOptions {
  /** Probability that a channel is taken away, each on its own, ≥ 0 and ≤ 1. Default 0.2. */
  probability?: number;
  /**
   * What is put in its place: `zero` (default: a z-scored channel's mean), or a channel's number from 0. That channel is never taken
   * away, and of channels replaced by zero one always stays. The LGG set has FLAIR, its channel 1, where a contrast is missing.
   */
  replacement?: "zero" | number;
}

/** What `augment` does to a slice; what is left out is the published value, `elastic`, `intensity`, `modalityDropout` are off. */
export interface AugmentationOptions {
  /** Sizes lie in 1 ± scale, ≥ 0 and < 1. Default 0.05. */
  scale?: number;
  /** Angles lie in ± rotation, in degrees, ≥ 0. Default 15. */
  rotation?: number;
  /** Probability of a flip left to right. Default 0.5. */
  flip?: number;
  /** Default false. */
  elastic?: ElasticOptions | false;
  /** Default false. */
  intensity?: IntensityOptions | false;
  /** Default false. */
  modalityDropout?: ModalityDropoutOptions | false;
  /** What appears from outside the image: `zero` (default, as published: a z-scored channel's mean) or the channel's smallest value. */
  fill?: "zero" | "background";
}

/** Options with every default filled in. */
export interface ResolvedAugmentation {
  scale: number;
  rotation: number;
  flip: number;
  elastic: Required<ElasticOptions> | false;
  intensity: Required<IntensityOptions> | false;
  modalityDropout: Required<ModalityDropoutOptions> | false;
  fill: "zero" | "background";
}

/** Checks options and fills in defaults. @throws ArgumentError, RangeArgumentError */
export function resolveAugmentation(functionName: string, options: AugmentationOptions): ResolvedAugmentation {
  const known = ["scale", "rotation", "flip", "elastic", "intensity", "modalityDropout", "fill"] as const;
  const { scale = 0.05, rotation = 15, flip = 0.5, ...rest } = expectOptions(functionName, options, known);
  const { elastic = false, intensity = false, modalityDropout = false, fill = "zero" } = rest;
  expectNumber(functionName, "scale", scale, { min: 0, below: 1 });
  expectNumber(functionName, "rotation", rotation, { min: 0 });
  expectNumber(functionName, "flip", flip, { min: 0, max: 1 });
  expectOneOf(functionName, "fill", fill, ["zero", "background"]);
  return {
    scale,
    rotation,
    flip,
    fill,
    elastic: elastic === false ? false : resolveElastic(functionName, elastic),
    intensity: intensity === false ? false : resolveIntensity(functionName, intensity),
    modalityDropout: modalityDropout === false ? false : resolveModalityDropout(functionName, modalityDropout),
  };
}

function resolveElastic(functionName: string, options: ElasticOptions): Required<ElasticOptions> {
  expectObject(functionName, "elastic", options);
  const { alpha, sigma } = expectOptions(functionName, options, ["alpha", "sigma"]);
  expectNumber(functionName, "elastic.alpha", alpha, { min: 0 });
  expectNumber(functionName, "elastic.sigma", sigma, { above: 0 });
  return { alpha, sigma };
}

function resolveIntensity(functionName: string, options: IntensityOptions): Required<IntensityOptions> {
  expectObject(functionName, "intensity", options);
  const { gain = 0.1, offset = 0.1 } = expectOptions(functionName, options, ["gain", "offset"]);
  expectNumber(functionName, "intensity.gain", gain, { min: 0, below: 1 });
  expectNumber(functionName, "intensity.offset", offset, { min: 0 });
  return { gain, offset };
}

function resolveModalityDropout(
  functionName: string,
  options: ModalityDropoutOptions,
): Required<ModalityDropoutOptions> {
  expectObject(functionName, "modalityDropout", options);
  const { probability = 0.2, replacement = "zero" } = expectOptions(functionName, options, [
    "probability",
    "replacement",
  ]);
  expectNumber(functionName, "modalityDropout.probability", probability, { min: 0, max: 1 });
  if (replacement !== "zero") {
    expectNumber(functionName, "modalityDropout.replacement", replacement, { min: 0, integer: true });
  }
  return { probability, replacement };
}

function expectObject(functionName: string, argument: string, value: unknown): void {
  if (typeof value === "object" && value !== null) return;
  throw new ArgumentError({ functionName, argument, expected: "be false or an object", received: value });
}
