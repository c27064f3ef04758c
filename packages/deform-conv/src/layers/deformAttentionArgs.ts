import { expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { layers, Shape } from "@tensorflow/tfjs-layers";
import type { Level } from "../deformAttention/geometry.js";
import { levelsOf, pixelsOf } from "../deformAttention/geometry.js";

type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** Options of {@link DeformAttention}; `name`, `trainable` and `weights` are those of every layer. */
export interface DeformAttentionArgs extends Pick<LayerArgs, "name" | "trainable" | "weights"> {
  /** [height, width] of each level of the features, at least one. */
  spatialShapes: readonly (readonly [number, number])[];
  /** Heads, an integer ≥ 1 that divides the queries' channels. Default 8. */
  heads?: number;
  /** Samples of each head and level, an integer ≥ 1. Default 4. */
  points?: number;
  /** How many times as far as other weights an optimiser moves those of the offsets, > 0. Default 1; the published training has 0.1. */
  offsetLearningRate?: number;
  /** Seed of the projections' initial values, an integer. Default: other values each time. */
  seed?: number;
}

/** The options of the layer, with every default. */
export interface DeformAttentionSettings {
  spatialShapes: [number, number][];
  heads: number;
  points: number;
  offsetLearningRate: number;
  seed?: number;
}

/** Checks the options of the layer. @throws ArgumentError, RangeArgumentError */
export function attentionSettingsOf(name: string, args: DeformAttentionArgs): DeformAttentionSettings {
  const own = ["spatialShapes", "heads", "points", "offsetLearningRate", "seed"] as const;
  expectOptions(name, args, [...own, "name", "trainable", "weights"]);
  const { spatialShapes, heads = 8, points = 4, offsetLearningRate = 1, seed } = args;
  const positive = { integer: true, min: 1 };
  return {
    spatialShapes: levelsOf(name, spatialShapes).map(({ height, width }) => [height, width]),
    heads: expectNumber(name, "heads", heads, positive),
    points: expectNumber(name, "points", points, positive),
    offsetLearningRate: expectNumber(name, "offsetLearningRate", offsetLearningRate, { above: 0 }),
    // A configuration that was read from JSON has null for what was left out.
    ...(seed !== undefined && seed !== null && { seed: expectNumber(name, "seed", seed, { integer: true }) }),
  };
}

/** Checks the shapes of the layer's inputs, of which null is any length. @throws ShapeError */
export function expectAttentionInputs(
  functionName: string,
  inputs: readonly Shape[],
  { heads }: DeformAttentionSettings,
  levels: readonly Level[],
): { batch: Shape[0]; queries: Shape[0]; channels: number; valueChannels: number } {
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ShapeError({ functionName, argument, expected, received });
  };
  if (inputs.length !== 3 && inputs.length !== 4) {
    refuse("inputs", "be [queries, referencePoints, value] or [queries, referencePoints, value, padding]", inputs);
  }
  const [query, points, value, padding] = inputs as [Shape, Shape, Shape, Shape | undefined];
  const [batch, queries, channels] = query as [Shape[0], Shape[0], Shape[0]];
  if (query.length !== 3 || !channels) {
    refuse("queries", "have three axes (batch, queries, channels), the last of known length", query);
  }
  if (channels! % heads !== 0) refuse("heads", `divide the ${channels} channels of the queries`, heads);
  const fits = (shape: Shape, wanted: readonly (number | null)[]): boolean =>
    shape.length === wanted.length &&
    wanted.every((size, k) => size === null || shape[k] === null || shape[k] === size);
  const words = (wanted: readonly (number | null | string)[]): string =>
    `have shape [${wanted.map((size) => size ?? "any").join(", ")}]`;
  if (!fits(points, [batch!, queries!, levels.length, null]) || (points[3] !== 2 && points[3] !== 4)) {
    const wanted = words([batch!, queries!, levels.length, "2 or 4"]);
    refuse("referencePoints", `${wanted} (batch, queries, levels, [x, y] or [x, y, width, height])`, points);
  }
  const pixels = pixelsOf(levels);
  const valueChannels = value[2];
  if (!fits(value, [batch!, pixels, null]) || !valueChannels) {
    refuse("value", `${words([batch!, pixels, null])} (batch, pixels of all levels, channels)`, value);
  }
  if (padding !== undefined && !fits(padding, [batch!, pixels])) {
    refuse("padding", `${words([batch!, pixels])} (batch, pixels of all levels)`, padding);
  }
  return { batch: batch!, queries: queries!, channels: channels!, valueChannels: valueChannels! };
}
