import { expectOneOf, expectOptions } from "@ddl/core";
import type { layers } from "@tensorflow/tfjs-layers";
import { batchNormalization } from "./batchNormalization.js";
import { groupNormalization } from "./groupNormalization.js";
import { instanceNormalization } from "./instanceNormalization.js";

/** Kinds of {@link normalization}. */
export type NormalizationKind = "batch" | "group" | "instance" | "none";

/** Options of {@link normalization}. */
export interface NormalizationOptions {
  /** Name of the layer. */
  name: string;
  /** Only for `"group"`: groups of neighbouring channels. Default 32. */
  groups?: number;
  /** Added to the variance, > 0. Default 1e-5. */
  epsilon?: number;
}

/**
 * The layer of a kind of normalisation, with torch's numbers: `"instance"` with a factor and an offset a channel; none for `"none"`.
 * @throws ArgumentError, RangeArgumentError
 * @example `const y = normalization("group", { name: "bn1", groups: 8 })?.apply(x) ?? x`
 */
export function normalization(kind: NormalizationKind, options: NormalizationOptions): layers.Layer | undefined {
  expectOneOf("normalization", "kind", kind, ["batch", "group", "instance", "none"]);
  const { groups, ...rest } = expectOptions("normalization", options, ["name", "groups", "epsilon"]);
  if (kind === "batch") return batchNormalization(rest);
  if (kind === "group") return groupNormalization({ ...rest, ...(groups === undefined ? {} : { groups }) });
  if (kind === "instance") return instanceNormalization({ ...rest, affine: true });
  return undefined;
}
