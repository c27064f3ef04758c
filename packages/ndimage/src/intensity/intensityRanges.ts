import type { AnyArray, NumericArray, NumericArrayConstructor } from "@ddl/core";

/** What holds the values of each named range. */
interface Storages {
  uint8: Uint8Array;
  uint10: Uint16Array;
  uint12: Uint16Array;
  uint14: Uint16Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** Names of element types, and of the 10, 12 and 14 bits of cameras, which are stored in uint16. */
export type IntensityRangeName = keyof Storages;

/** The typed array for a named range. */
export type StorageOfRange<R extends IntensityRangeName> = Storages[R];

/** Ranges by name: low, high, and what holds them. */
const ranges: Readonly<Record<IntensityRangeName, readonly [number, number, NumericArrayConstructor<NumericArray>]>> = {
  uint8: [0, 255, Uint8Array],
  uint10: [0, 1023, Uint16Array],
  uint12: [0, 4095, Uint16Array],
  uint14: [0, 16_383, Uint16Array],
  uint16: [0, 65_535, Uint16Array],
  uint32: [0, 4_294_967_295, Uint32Array],
  int8: [-128, 127, Int8Array],
  int16: [-32_768, 32_767, Int16Array],
  int32: [-2_147_483_648, 2_147_483_647, Int32Array],
  float32: [-1, 1, Float32Array],
  float64: [-1, 1, Float64Array],
};

/** Every {@link IntensityRangeName}. */
export const rangeNames: readonly IntensityRangeName[] = Object.keys(ranges) as IntensityRangeName[];

/** Low and high end of a named range. */
export function namedRange(name: IntensityRangeName): readonly [low: number, high: number] {
  return [ranges[name][0], ranges[name][1]];
}

/** The name of an array's element type; a plain array counts as float64. */
export function typeName(data: AnyArray): IntensityRangeName {
  if (Array.isArray(data)) return "float64";
  if (data instanceof Uint8ClampedArray) return "uint8";
  return data.constructor.name.replace("Array", "").toLowerCase() as IntensityRangeName;
}

/** What holds a result: a named type, the image's own (`image`, `dtype`), or a floating-point type that fits it (`float`). */
export function storageOf(
  range: IntensityRangeName | "image" | "dtype" | "float",
  data: AnyArray,
): NumericArrayConstructor<NumericArray> {
  if (range === "float") return data instanceof Float32Array ? Float32Array : Float64Array;
  if (range !== "image" && range !== "dtype") return ranges[range][2];
  return Array.isArray(data) ? Float64Array : (data.constructor as NumericArrayConstructor<NumericArray>);
}
