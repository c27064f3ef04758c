import { ArgumentError, expectNumber, expectOneOf, expectOptions, expectString, ShapeError } from "@ddl/core";

/** Options of every backbone. */
export interface BackboneOptions {
  /** `[rows, columns, channels]` of an image, `null` for lengths that may differ from call to call. Default: any size, `inputChannels`. */
  inputShape?: readonly [rows: number | null, columns: number | null, channels: number];
  /** Channels of an image of any size, an integer ≥ 1; instead of `inputShape`. Default 3. */
  inputChannels?: number;
  /** Normalisation behind each convolution, with torch's numbers. Default `"batch"`. */
  norm?: "batch" | "group" | "instance";
  /** Only for `norm: "group"`: groups of neighbouring channels, which divide the channels of every layer. Default 32. */
  normGroups?: number;
  /** With a classifier of that many classes, an integer ≥ 1, whose logits are the result. Default: none; the results are the pyramid. */
  classes?: number;
  /** Seed of the initial weights, an integer; each weight's numbers follow from it and the weight's name. Default 0. */
  seed?: number;
  /** Name of the model. Default: that of the function. */
  name?: string;
  /** Put before the name of every layer, as `encoder.`; torch's module path of the backbone inside a larger model. Default none. */
  prefix?: string;
}

/** Names of the options that every backbone takes. */
const backboneKeys = [
  "inputShape",
  "inputChannels",
  "norm",
  "normGroups",
  "classes",
  "seed",
  "name",
  "prefix",
] as const;

/** {@link BackboneOptions} with every default. */
export interface BackboneSettings {
  inputShape: [number | null, number | null, number];
  norm: "batch" | "group" | "instance";
  normGroups: number;
  classes: number | undefined;
  seed: number;
  name: string;
  prefix: string;
}

/**
 * Checks the options that every backbone takes.
 * @param own names of the options that are the backbone's own, which it checks itself
 * @throws ArgumentError, ShapeError, RangeArgumentError
 */
export function backboneSettingsOf<T extends BackboneOptions>(
  functionName: string,
  options: T,
  own: readonly (Exclude<keyof T, keyof BackboneOptions> & string)[],
): BackboneSettings {
  expectOptions(functionName, options, [...backboneKeys, ...own] as (keyof T & string)[]);
  const { inputShape, inputChannels, norm = "batch", normGroups, classes } = options;
  const { seed = 0, name = functionName, prefix = "" } = options;
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ArgumentError({ functionName, argument, expected, received });
  };
  const positive = { integer: true, min: 1 };
  if (inputShape !== undefined && inputChannels !== undefined) {
    refuse("inputChannels", "be left out with inputShape", inputChannels);
  }
  expectOneOf(functionName, "norm", norm, ["batch", "group", "instance"]);
  if (norm !== "group" && normGroups !== undefined) {
    refuse("normGroups", 'be left out unless norm is "group"', normGroups);
  }
  if (classes !== undefined) expectNumber(functionName, "classes", classes, positive);
  if (typeof prefix !== "string") refuse("prefix", "be a string", prefix);
  return {
    inputShape:
      inputShape === undefined
        ? [null, null, expectNumber(functionName, "inputChannels", inputChannels ?? 3, positive)]
        : inputShapeOf(functionName, inputShape),
    norm,
    normGroups: expectNumber(functionName, "normGroups", normGroups ?? 32, positive),
    classes,
    seed: expectNumber(functionName, "seed", seed, { integer: true }),
    name: expectString(functionName, "name", name),
    prefix,
  };
}

function inputShapeOf(
  functionName: string,
  inputShape: readonly (number | null)[],
): [number | null, number | null, number] {
  if (!Array.isArray(inputShape) || inputShape.length !== 3) {
    const expected = "have 3 entries (rows, columns, channels)";
    throw new ShapeError({ functionName, argument: "inputShape", expected, received: inputShape });
  }
  for (const [k, length] of inputShape.entries()) {
    if (length !== null || k === 2) expectNumber(functionName, "inputShape", length, { integer: true, min: 1 });
  }
  return [...inputShape] as [number | null, number | null, number];
}
