import type { AnyArray, NumericArray, NumericArrayConstructor } from "@ddl/core";
import { ArgumentError, elementCount, expectOptions, expectRank, RangeArgumentError, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { finiteValues } from "../finiteValues.js";
import type { FloatStorage } from "../floatStorage.js";
import type { IntensityRangeName, StorageOfRange } from "./intensityRanges.js";
import { namedRange, rangeNames, storageOf, typeName } from "./intensityRanges.js";

/** A range of intensities: that of the image (`image`), of its element type (`dtype`), of a named type, or [low, high]. */
export type IntensityRange = "image" | "dtype" | IntensityRangeName | readonly [low: number, high: number];

/** Options of {@link rescaleIntensity}. */
export interface RescaleIntensityOptions<R extends IntensityRange = IntensityRange> {
  /** The intensities that become the ends of `outRange`; values beyond are clipped to it. Default `image`. */
  inRange?: IntensityRange;
  /**
   * The intensities of the result. A named type also is the type of the result; for [low, high] the result is floating-point, for
   * the rest of the image's type. The range of a floating-point type is 0 to 1 if `inRange` begins at ≥ 0, else −1 to 1.
   * Default `dtype`.
   */
  outRange?: R;
}

/** What {@link rescaleIntensity} stores its result in. */
export type RescaledStorage<T extends AnyArray, R> = R extends IntensityRangeName
  ? StorageOfRange<R>
  : R extends "image" | "dtype"
    ? T extends NumericArray
      ? T
      : Float64Array
    : FloatStorage<T>;

/**
 * Stretches or shrinks intensities from one range to another (skimage.exposure.rescale_intensity).
 *
 * (clip(x, inLow, inHigh) − inLow) / (inHigh − inLow) · (outHigh − outLow) + outLow; results of an integer type are truncated
 * towards 0, as the reference's. Where inLow = inHigh (a constant image): the values clipped to the out range.
 *
 * @param image any shape of up to four axes, at least one element, finite values; a plain array counts as float64
 * @returns a new array of the same shape
 * @throws ArgumentError for a range that is neither a name nor two numbers, or an in range whose low exceeds its high;
 *   RangeArgumentError for no elements or values that are not finite
 * @example `rescaleIntensity(image, { inRange: percentile(image, [2, 98]) as [number, number], outRange: [0, 1] })`
 */
export function rescaleIntensity<T extends AnyArray, R extends IntensityRange = "dtype">(
  image: NdArray<T>,
  options: RescaleIntensityOptions<R> = {},
): NdArray<RescaledStorage<T, R>> {
  const name = "rescaleIntensity";
  const { inRange = "image", outRange = "dtype" } = expectOptions(name, options, ["inRange", "outRange"]);
  expectRank(name, "image", image, [1, 2, 3, 4]);
  if (elementCount(image.shape) === 0) {
    const expected = "have at least one element";
    throw new RangeArgumentError({ functionName: name, argument: "image", expected, received: image.shape });
  }
  expectRangeName("inRange", inRange);
  expectRangeName("outRange", outRange);
  const own = typeName(image.data);
  const values = finiteValues(name, "image", image).data;
  const [inLow, inHigh] = rangeOf(inRange, values, own, false);
  if (inLow > inHigh) {
    const expected = "have a low end that does not exceed its high end";
    throw new ArgumentError({ functionName: name, argument: "inRange", expected, received: inRange });
  }
  const [outLow, outHigh] = rangeOf(outRange, values, own, inLow >= 0);
  const storage = storageOf(typeof outRange === "string" ? outRange : "float", image.data);
  const rescaled = stretch(values, [inLow, inHigh], [outLow, outHigh], own === "float32");
  return convert(rescaled, storage, image.shape) as NdArray<RescaledStorage<T, R>>;
}

type Ends = readonly [low: number, high: number];

function rangeOf(range: IntensityRange, values: Float64Array, own: IntensityRangeName, fromZero: boolean): Ends {
  if (typeof range !== "string") return range;
  if (range !== "image") {
    const [low, high] = namedRange(range === "dtype" ? own : range);
    return [fromZero ? 0 : low, high];
  }
  let low = values[0]!;
  let high = values[0]!;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Rounds after every step for a float32 image, as the reference computes it in float32. */
function stretch(values: Float64Array, [inLow, inHigh]: Ends, [outLow, outHigh]: Ends, single: boolean): Float64Array {
  const round = single ? Math.fround : (value: number): number => value;
  if (inLow === inHigh) {
    const [low, high] = [Math.min(outLow, outHigh), Math.max(outLow, outHigh)];
    return values.map((value) => Math.min(high, Math.max(low, round(Math.min(inHigh, Math.max(inLow, value))))));
  }
  const [low, high, from, width] = [round(inLow), round(inHigh), round(outLow), round(outHigh - outLow)];
  const span = round(inHigh - inLow);
  return values.map((value) => {
    const clipped = Math.min(high, Math.max(low, value));
    return round(round(round(round(clipped - low) / span) * width) + from);
  });
}

/** Truncates for an integer type, whatever conversion the storage itself has. */
function convert(
  values: Float64Array,
  storage: NumericArrayConstructor<NumericArray>,
  shape: readonly number[],
): NdArray<NumericArray> {
  const result = zeros(storage, shape);
  const whole = !(result.data instanceof Float32Array || result.data instanceof Float64Array);
  for (let i = 0; i < values.length; i++) result.data[i] = whole ? Math.trunc(values[i]!) : values[i]!;
  return result;
}

function expectRangeName(argument: string, range: unknown): void {
  const pair = Array.isArray(range) && range.length === 2 && range.every(Number.isFinite);
  if (pair || ["image", "dtype", ...rangeNames].includes(range as string)) return;
  const expected = `be two finite numbers or one of "image", "dtype", ${rangeNames.map((n) => `"${n}"`).join(", ")}`;
  throw new ArgumentError({ functionName: "rescaleIntensity", argument, expected, received: range });
}
